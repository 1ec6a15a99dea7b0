// Values of the language while compiling. Everything but a tensor is known before anything runs.

import type { Block, Expr, Param } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { TokenSource } from "../../runtime/data/spec.ts";
import type { TextRule } from "../../runtime/data/text/tokens.ts";
import type { DType } from "../../runtime/types.ts";
import type { Dim } from "../ir/dim.ts";
import type { Node } from "../ir/graph.ts";
import type { Intrinsic } from "./intrinsics/define.ts";
import type { Layer } from "./layers.ts";
import type { Scope } from "./scope.ts";

export type Value =
  | { readonly kind: "int"; readonly value: Dim }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | StringValue
  | { readonly kind: "none" }
  /** `_`: any dimension in a pattern, the one that is worked out in `reshape`. */
  | { readonly kind: "hole" }
  | TupleValue
  | ListValue
  | RecordValue
  | { readonly kind: "dtype"; readonly dtype: DType }
  | TensorValue
  | Callable
  | SpecialValue
  /** Follows a mistake that has been reported; silences what depends on it. */
  | { readonly kind: "error" };

/** `literal` and `scope` are where it was written, for notations that are checked inside the string. */
export interface StringValue {
  readonly kind: "string";
  readonly value: string;
  readonly literal?: Span;
  readonly scope?: Scope;
}

export interface TupleValue {
  readonly kind: "tuple";
  readonly items: readonly Value[];
  /** Names of parts, where a block with several named results made it. */
  readonly names?: readonly (string | undefined)[];
  readonly hasTensor: boolean;
}

export interface ListValue {
  readonly kind: "list";
  readonly items: readonly Value[];
  readonly hasTensor: boolean;
}

export interface RecordEntry {
  readonly value: Value;
  readonly span: Span;
  /** Where the key stands. */
  readonly key: Span;
}

export interface RecordValue {
  readonly kind: "record";
  readonly entries: ReadonlyMap<string, RecordEntry>;
}

export interface TensorValue {
  readonly kind: "tensor";
  readonly node: Node;
}

/** Something that can be applied. */
export type Callable =
  BlockValue | IntrinsicValue | LambdaValue | CompositionValue | ConstantBlock | LayerValue;

/** A block of a file or of the standard library: a recipe with the settings and inputs given so far. */
export interface BlockValue {
  readonly kind: "block";
  readonly definition: BlockDefinition;
  readonly given: ReadonlyMap<string, GivenValue>;
}

export interface GivenValue {
  readonly value: Value;
  readonly span: Span;
}

export interface BlockDefinition {
  readonly name: string;
  readonly syntax: Block;
  readonly settings: readonly Param[];
  readonly inputs: readonly Param[];
  /** Has a list of inputs (perhaps empty). Without one the block is the value of its body. */
  readonly applicable: boolean;
  readonly scope: Scope;
}

export interface IntrinsicValue {
  readonly kind: "intrinsic";
  readonly intrinsic: Intrinsic;
  readonly given: ReadonlyMap<string, GivenValue>;
}

export interface LambdaValue {
  readonly kind: "lambda";
  readonly syntax: Extract<Expr, { kind: "lambda" }>;
  readonly scope: Scope;
  readonly owner: Layer | undefined;
  readonly repetition: number;
}

/** Blocks one after the other: `a |> b`, `chain`, `repeat`. */
export interface CompositionValue {
  readonly kind: "composition";
  readonly items: readonly Callable[];
}

/** A number where a block is wanted: always returns it. */
export interface ConstantBlock {
  readonly kind: "constant";
  readonly value: Value;
}

export interface LayerValue {
  readonly kind: "layer";
  readonly layer: Layer;
  /** The recipe as it is in this graph; settings may hold tensors of it. */
  readonly recipe: BlockValue | CompositionValue;
}

/** Values that only certain places know: columns of a reader, splits, clipping, … */
export type SpecialValue =
  | {
      readonly kind: "text-columns";
      readonly columns: readonly string[] | "text";
      readonly except: readonly string[];
    }
  /** Text cut into tokens, of no fixed length. */
  /** `bpe(n)` or `bpe("tokenizer.json")`: a way of cutting text. */
  | { readonly kind: "bpe"; readonly rule: number | string }
  | { readonly kind: "tokens"; readonly name: string; readonly rule: TextRule | "stream" }
  /** Ids of such tokens, framed by `begin` and `end`. */
  | { readonly kind: "token-ids"; readonly source: TokenSource }
  | { readonly kind: "entry"; readonly tag: string; readonly arguments: ReadonlyMap<string, Value> }
  /** `members`: names of its `let`s and fields. */
  | {
      readonly kind: "data";
      readonly name: string;
      readonly span: Span;
      readonly members: readonly string[];
    }
  | { readonly kind: "training"; readonly name: string; readonly span: Span }
  | { readonly kind: "fitted"; readonly path: string };

export const errorValue: Value = { kind: "error" };
export const noneValue: Value = { kind: "none" };

export function int(value: Dim): Value {
  return { kind: "int", value };
}

export function float(value: number): Value {
  return { kind: "float", value };
}

export function bool(value: boolean): Value {
  return { kind: "bool", value };
}

export function string(value: string): StringValue {
  return { kind: "string", value };
}

export function tensor(node: Node): TensorValue {
  return { kind: "tensor", node };
}

export function list(items: readonly Value[]): ListValue {
  return { kind: "list", items, hasTensor: items.some(holdsTensor) };
}

export function tuple(
  items: readonly Value[],
  names?: readonly (string | undefined)[],
): TupleValue {
  const hasTensor = items.some(holdsTensor);
  return names ? { kind: "tuple", items, names, hasTensor } : { kind: "tuple", items, hasTensor };
}

/** Stands for text of the data, which blocks are applied to as to a tensor. */
export function isText(value: Value): boolean {
  return value.kind === "text-columns" || value.kind === "tokens" || value.kind === "token-ids";
}

/** Is a tensor, or a list or tuple that holds one. */
export function holdsTensor(value: Value): boolean {
  if (value.kind === "tensor") return true;
  return (value.kind === "list" || value.kind === "tuple") && value.hasTensor;
}

export function isCallable(value: Value): value is Callable {
  switch (value.kind) {
    case "block":
    case "intrinsic":
    case "lambda":
    case "composition":
    case "constant":
    case "layer":
      return true;
    default:
      return false;
  }
}

export function isNumber(value: Value): value is Extract<Value, { kind: "int" | "float" }> {
  return value.kind === "int" || value.kind === "float";
}

/** A known `int` as a number, else undefined. */
export function knownInt(value: Value | undefined): number | undefined {
  return value?.kind === "int" && typeof value.value === "number" ? value.value : undefined;
}

/** An int or float that is known, as a number. */
export function knownNumber(value: Value | undefined): number | undefined {
  return value?.kind === "float" ? value.value : knownInt(value);
}

export function callableName(value: Callable): string {
  switch (value.kind) {
    case "block":
      return value.definition.name;
    case "intrinsic":
      return value.intrinsic.name;
    case "lambda":
      return "this lambda";
    case "composition":
      return "this composition";
    case "constant":
      return "this number";
    case "layer":
      return value.layer.path === "" ? value.layer.block : value.layer.path;
    default:
      return value satisfies never;
  }
}
