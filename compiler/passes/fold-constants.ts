// Computes what depends on constants alone, once, by the reference functions.
//
//   %0: f32[] = constant() { value: 3 }
//   %1: f32[] = sqrt(%0)                    →   %0: f32[] = constant() { value: 1.7320508075688772 }

import { InternalError } from "../../grammar/diagnostic.ts";
import { referenceFunctions } from "../../runtime/reference/index.ts";
import { sizeOf, type Tensor } from "../../runtime/types.ts";
import type { Builder } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { copyNode, rewriteGraph } from "../ir/rewrite.ts";
import { infer } from "../ops/index.ts";
import { makeConstant, makeFull } from "../ops/make.ts";
import { knownShape } from "../ops/shapes.ts";
import { isPointwise, splatValue } from "./facts.ts";
import type { Pass } from "./pass.ts";

/** More elements are better computed each time than carried in the program. */
const largest = 4096;

/** Operators that only move elements: folding them is no gain where the result is longer than what it shows. */
const movers: ReadonlySet<string> = new Set(["view", "reshape", "concat", "gather"]);

/** Never folded: not a function of constants, or a constant already. */
const excluded: ReadonlySet<string> = new Set([
  "constant",
  "dim",
  "iota",
  "input",
  "random",
  "host",
  "scan_row",
  "scan_carry",
  "scan_end",
  "scan_stack",
  "scan_last",
]);

export const foldConstants: Pass = {
  name: "fold-constants",
  summary: "computes what depends on constants alone",
  run: (graph) =>
    rewriteGraph(
      graph,
      infer,
      (node, inputs, builder) =>
        foldNode({ ...node, inputs }, builder) ?? copyNode(node, inputs, builder),
    ),
};

/** The constant that a node amounts to; undefined if it reads anything else, or would be too long. */
export function foldNode(node: Node, b: Builder): Node | undefined {
  if (excluded.has(node.op) || node.inputs.length === 0) return undefined;
  return foldRepeated(node, b) ?? foldValues(node, b);
}

/** A pointwise operator of repeated numbers repeats one number, however many elements there are. */
function foldRepeated(node: Node, b: Builder): Node | undefined {
  if (!isPointwise(node.op)) return undefined;
  const operands: Tensor[] = [];
  for (const input of node.inputs) {
    const value = splatValue(input);
    if (value === undefined) return undefined;
    operands.push(scalar(input, value));
  }
  const [value = 0] = evaluate(node, operands, []).data;
  return makeFull(b, node.type.dtype, knownShape(node.type), value);
}

function foldValues(node: Node, b: Builder): Node | undefined {
  if (!node.inputs.every((input) => input.op === "constant")) return undefined;
  const shape = knownShape(node.type);
  const size = sizeOf(shape);
  const read = node.inputs.reduce((sum, input) => sum + sizeOf(knownShape(input.type)), 0);
  if (size > largest || read > largest || (movers.has(node.op) && size > read)) return undefined;
  const operands = node.inputs.map((input) => evaluate(input, [], knownShape(input.type)));
  const { data } = evaluate(node, operands, shape);
  return makeValues(b, node, shape, [...data]);
}

/** A constant of these values, as one number where they are all the same. */
function makeValues(
  b: Builder,
  { type }: Node,
  shape: readonly number[],
  values: readonly number[],
): Node {
  const [first = 0] = values;
  if (shape.length === 0) return makeConstant(b, type.dtype, first);
  if (values.every((value) => Object.is(value, first)))
    return makeFull(b, type.dtype, shape, first);
  return b.node("constant", [], { values }, type);
}

function evaluate(node: Node, operands: readonly Tensor[], shape: readonly number[]): Tensor {
  const compute = referenceFunctions[node.op];
  if (!compute) throw new InternalError(`the reference lacks ${node.op}`);
  return compute(operands, node.attrs, { dtype: node.type.dtype, shape });
}

function scalar({ type }: Node, value: number): Tensor {
  return { dtype: type.dtype, shape: [], data: Float64Array.of(value) };
}
