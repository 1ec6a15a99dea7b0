// What elaboration carries along: the graph being built, the chain of blocks that led here, the bounds, and reporting.

import {
  diagnostic,
  type DiagnosticDetails,
  type Note,
  type Reporter,
} from "../../grammar/diagnostic.ts";
import type { Expr, Train } from "../../grammar/ast.ts";
import type { Code, DiagnosticArguments } from "../../grammar/diagnostic-table.ts";
import type { Span } from "../../grammar/source.ts";
import type { CheckedBuilder } from "../ir/build.ts";
import type { Attrs, Graph, Node, Origin, Output, TensorType } from "../ir/graph.ts";
import type { LoopRange } from "../ir/loops.ts";
import type { OpFailure } from "../ops/define.ts";
import { newBuilder } from "../ops/index.ts";
import { isOpen } from "../ir/dim.ts";
import type { Layer } from "./layers.ts";
import { LimitReached, limits } from "./limits.ts";
import { errorValue, tensor, type Value } from "./values.ts";

/** A block whose body is being elaborated, and the call that led to it. */
export interface CallFrame {
  readonly block: string;
  /** Where the block is declared. */
  readonly name: Span;
  readonly call: Span;
}

/** One graph under construction. */
export interface Build {
  readonly builder: CheckedBuilder<OpFailure>;
  readonly training: boolean;
  readonly role: Origin["role"];
  /** Input nodes by name. */
  readonly inputs: Map<string, Node>;
  /** New values of states by path. */
  readonly updates: Map<string, Node>;
  /** Whether `update` takes effect for the states of this layer. */
  readonly effective: (owner: Layer) => boolean;
  /** Random draws so far, by the path that draws. */
  readonly draws: Map<string, number>;
  /** Values of top-level declarations in this graph. */
  readonly globals: Map<object, Value | "open">;
  /** Types of a layer's last result are remembered. */
  readonly recordsOutputs: boolean;
  nodes: number;
}

/** Sees what expressions come to while they are elaborated, for an editor. */
export type Observer = (expr: Expr, value: Value) => void;

export interface Context {
  readonly reporter: Reporter;
  readonly observe?: Observer | undefined;
  readonly isLibrary: (span: Span) => boolean;
  build: Build;
  place: Place;
  stack: readonly CallFrame[];
  /** Layers that led here, for origins. */
  blocks: readonly string[];
  steps: number;
  depth: number;
  readonly repetitions: Map<string, number>;
  /** The loops over time in whose bodies elaboration stands, the outermost first. */
  loops: readonly LoopRange[];
  /** The training whose loss and metrics are being elaborated. */
  decoding: Train | undefined;
}

/** Who owns what is born where elaboration stands. */
export interface Place {
  /** Undefined at the top level of a file. */
  readonly owner: Layer | undefined;
  /** Which repetition of `repeat`, `chain`, `map` this is; 0 outside all. */
  readonly repetition: number;
  /** Path that random draws are named by where that is not the owner's: a parameter being initialised, a field. */
  readonly drawing?: string;
}

export function newContext(
  reporter: Reporter,
  isLibrary: (span: Span) => boolean,
  start: Span,
  observe?: Observer,
): Context {
  const build = newBuild({ training: false, role: "forward", effective: () => false }, start);
  const place: Place = { owner: undefined, repetition: 0 };
  return {
    reporter,
    observe,
    isLibrary,
    build,
    place,
    stack: [],
    blocks: [],
    steps: 0,
    depth: 0,
    repetitions: new Map(),
    loops: [],
    decoding: undefined,
  };
}

export function newBuild(
  parts: Pick<Build, "training" | "role" | "effective"> & { readonly recordsOutputs?: boolean },
  start: Span,
): Build {
  const origin: Origin = { span: start, blocks: [], role: parts.role };
  return {
    recordsOutputs: false,
    ...parts,
    builder: newBuilder(origin),
    inputs: new Map(),
    updates: new Map(),
    draws: new Map(),
    globals: new Map(),
    nodes: 0,
  };
}

/** Runs `work` with another graph under construction. */
export function withBuild<T>(ctx: Context, build: Build, work: () => T): T {
  const { build: before, loops } = ctx;
  // A parameter's initial value is drawn once, wherever the parameter stands.
  [ctx.build, ctx.loops] = [build, []];
  try {
    return work();
  } finally {
    [ctx.build, ctx.loops] = [before, loops];
  }
}

/** Runs `work` with another owner. */
export function withPlace<T>(ctx: Context, place: Place, work: () => T): T {
  const before = ctx.place;
  ctx.place = place;
  try {
    return work();
  } finally {
    ctx.place = before;
  }
}

/** Runs `work` in the body of a loop over time. */
export function withLoop<T>(ctx: Context, loop: LoopRange, work: () => T): T {
  const before = ctx.loops;
  ctx.loops = [...before, loop];
  try {
    return work();
  } finally {
    ctx.loops = before;
  }
}

/** Runs `work` one level deeper; a chain that is too deep ends elaboration. */
export function deeper<T>(ctx: Context, span: Span, work: () => T): T {
  if (ctx.depth >= limits.depth)
    stop(ctx, span, "the depth of blocks and expressions", `${limits.depth}`);
  ctx.depth += 1;
  try {
    return work();
  } finally {
    ctx.depth -= 1;
  }
}

/** Counts a step of elaboration, or the `size` elements of a list that it makes. */
export function step(ctx: Context, span: Span, size = 1): void {
  ctx.steps += size;
  if (ctx.steps > limits.steps) stop(ctx, span, "the work of elaboration", `${limits.steps} steps`);
}

/** Ends elaboration at a bound. */
export function stop(ctx: Context, span: Span, what: string, limit: string): never {
  report(ctx, "too-large", span, { what, limit });
  throw new LimitReached();
}

/**
 * Reports a mistake at the user's place: inside the standard library that is the call that led there, with the
 * library's line as a note. The chain of blocks stands in notes, innermost first.
 */
export function report<C extends Code>(
  ctx: Context,
  code: C,
  span: Span,
  args: DiagnosticArguments<C>,
  details: DiagnosticDetails = {},
): Value {
  const notes: Note[] = [...(details.notes ?? [])];
  let place = span;
  let outer = ctx.stack.length - 1;
  if (ctx.isLibrary(span)) {
    while (outer >= 0 && ctx.isLibrary(ctx.stack[outer]?.call ?? span)) outer -= 1;
    const frame = ctx.stack[outer];
    if (frame) {
      place = frame.call;
      notes.push({ message: `inside \`${frame.block}\` of the standard library`, span });
      outer -= 1;
    }
  }
  let shown = 0;
  for (; outer >= 0 && shown < 6; outer -= 1) {
    const frame = ctx.stack[outer];
    // A call that the place lies in is seen anyway; a model by itself is called nowhere.
    if (!frame || covers(frame.call, place) || frame.call === frame.name) continue;
    notes.push({ message: `in \`${frame.block}\`, which is used here`, span: frame.call });
    shown += 1;
  }
  ctx.reporter.add(diagnostic(code, place, args, { ...details, notes }));
  return errorValue;
}

function covers(outer: Span, inner: Span): boolean {
  return outer.file === inner.file && outer.start <= inner.start && outer.end >= inner.end;
}

/** The place in the user's file that a node comes from. */
export function userSpan(ctx: Context, span: Span): Span {
  if (!ctx.isLibrary(span)) return span;
  for (let i = ctx.stack.length - 1; i >= 0; i--) {
    const call = ctx.stack[i]?.call;
    if (call && !ctx.isLibrary(call)) return call;
  }
  return span;
}

export function originAt(ctx: Context, span: Span): Origin {
  return { span: userSpan(ctx, span), blocks: ctx.blocks, role: ctx.build.role };
}

/** A node of the graph under construction, or undefined after reporting why the operator refuses. */
export function emit(
  ctx: Context,
  span: Span,
  op: string,
  inputs: readonly Node[],
  attrs: Attrs = {},
  type?: TensorType,
): Node | undefined {
  ctx.build.nodes += 1;
  if (ctx.build.nodes > limits.nodes)
    stop(ctx, span, "the size of the graph", `${limits.nodes} nodes`);
  ctx.build.builder.at(originAt(ctx, span));
  const built = ctx.build.builder.tryNode(op, inputs, attrs, type);
  if ("failure" in built) {
    report(ctx, built.failure, span, built.args, {
      notes: (built.notes ?? []).map((message) => ({ message })),
      ...(built.help === undefined ? {} : { help: built.help }),
    });
    return undefined;
  }
  let elements = 1;
  for (const size of built.type.shape) elements *= isOpen(size) ? 1 : size;
  if (elements > limits.tensorElements || built.type.shape.length > limits.rank) {
    stop(ctx, span, "the size of this tensor", `2^31 elements and ${limits.rank} axes`);
  }
  return built;
}

/** As `emit`, as a value. */
export function emitValue(
  ctx: Context,
  span: Span,
  op: string,
  inputs: readonly Node[],
  attrs?: Attrs,
  type?: TensorType,
): Value {
  const node = emit(ctx, span, op, inputs, attrs, type);
  return node ? tensor(node) : errorValue;
}

/** A graph input, made once. */
export function graphInput(
  ctx: Context,
  span: Span,
  name: string,
  role: string,
  type: TensorType,
): Node {
  const known = ctx.build.inputs.get(name);
  if (known) return known;
  ctx.build.builder.at(originAt(ctx, span));
  const node = ctx.build.builder.node("input", [], { name, role }, type);
  ctx.build.inputs.set(name, node);
  return node;
}

/** `$seed`, `$draw`, `$step`, `$steps`, `$epoch`. */
export function scalarInput(ctx: Context, span: Span, name: string): Node {
  return graphInput(ctx, span, name, "scalar", { dtype: "i32", shape: [] });
}

/** The graph of these outputs, with the inputs that they need, in the order they were made. */
export function finishGraph(build: Build, outputs: readonly Output[]): Graph {
  return { inputs: [...build.inputs.values()], outputs };
}

/** A number for a repetition inside another, the same for the same text. */
export function repetitionOf(ctx: Context, outer: number, inner: string): number {
  const key = `${outer}/${inner}`;
  const known = ctx.repetitions.get(key);
  if (known !== undefined) return known;
  const number = ctx.repetitions.size + 1;
  ctx.repetitions.set(key, number);
  return number;
}

/** A name for a loop of the graph under construction. */
export function loopName(ctx: Context): string {
  const path = `${ctx.place.owner?.path ?? ""}~scan`;
  const count = ctx.build.draws.get(path) ?? 0;
  ctx.build.draws.set(path, count + 1);
  return `${path}_${count}`;
}

/** The place of a draw: the path that draws, and how many draws stood before it there. */
export function drawingPlace(ctx: Context): string {
  const path = ctx.place.drawing ?? ctx.place.owner?.path ?? "";
  const count = ctx.build.draws.get(path) ?? 0;
  ctx.build.draws.set(path, count + 1);
  return `${path}#${count}`;
}
