// Dynamic loss scale: gradients that half precision would take for zero are made large before they are rounded and small
// again before they are used. A step whose gradients overflowed is left out, and the scale halved; after many good steps
// it doubles. As PyTorch's GradScaler, but within the compiled step: nobody waits for what came out.
//
// Micikevicius et al., 2018, "Mixed precision training"; torch.amp.GradScaler.

import type { Builder } from "../ir/build.ts";
import type { Node, Output, TensorType } from "../ir/graph.ts";

import { makeConstant, makeLike, makeSpread } from "../ops/make.ts";
import { knownShape } from "../ops/shapes.ts";
import { gradientNorm } from "./clip.ts";

export interface LossScale {
  /** What the scale is multiplied by after so many good steps in a row. */
  readonly growth: number;
  readonly interval: number;
  /** What it is multiplied by after a step that was left out. */
  readonly backoff: number;
}

/** The states, by path. No layer's name holds a `$`. */
export const lossScalePaths = {
  /** f32: the scale itself. */
  value: "optimizer.$loss_scale.value",
  /** i32: good steps since it last changed. */
  good: "optimizer.$loss_scale.good",
  /** i32: steps that were left out, in the phase. */
  skipped: "optimizer.$loss_scale.skipped",
} as const;

/** Name of the output that tells how many steps of the phase were left out so far, this one among them. */
export const skippedOutput = "$skipped";

export interface OpenLossScale {
  readonly value: Node;
  readonly good: Node;
  readonly skipped: Node;
}

/** The states as inputs of a step. */
export function openLossScale(b: Builder, inputs: Map<string, Node>): OpenLossScale {
  const state = (name: string, dtype: TensorType["dtype"]): Node => {
    const type = { dtype, shape: [] };
    const node = inputs.get(name) ?? b.node("input", [], { name, role: "optimizer" }, type);
    inputs.set(name, node);
    return node;
  };
  return {
    value: state(lossScalePaths.value, "f32"),
    good: state(lossScalePaths.good, "i32"),
    skipped: state(lossScalePaths.skipped, "i32"),
  };
}

/** The same target with the gradient of the loss itself. */
export function unscaled<Of extends { readonly gradient: Node }>(
  b: Builder,
  target: Of,
  { value }: OpenLossScale,
): Of {
  return { ...target, gradient: times(b, target.gradient, inverse(b, value)) };
}

export interface Judged extends OpenLossScale {
  /** bool: whether the gradients' norm is finite. */
  readonly isGood: Node;
  /** Of the gradients of the loss itself. */
  readonly norm: Node;
  /** Those of the loss itself, where they are good. */
  readonly gradients: readonly Node[];
}

/** Whether a step can be made of gradients; `isScaled` says that they are those of the scaled loss. */
export function judge(
  b: Builder,
  gradients: readonly Node[],
  scale: OpenLossScale,
  isScaled: boolean,
): Judged {
  const given = gradientNorm(b, gradients);
  const isGood = isFiniteNumber(b, given);
  const one = makeConstant(b, "f32", 1);
  const factor = isScaled ? inverse(b, scale.value) : one;
  // All updates depend on the verdict in this way, so that none is computed before and kept for later.
  const used = b.node("select", [isGood, factor, makeConstant(b, "f32", 0)]);
  return {
    ...scale,
    isGood,
    norm: isScaled ? b.node("mul", [given, factor]) : given,
    gradients: gradients.map((gradient) => times(b, gradient, used)),
  };
}

/** What optimizers take for the number of steps: those that were left out do not count. */
export function stepsDone(
  b: Builder,
  { skipped }: OpenLossScale,
  inputs: Map<string, Node>,
): ReadonlyMap<string, Node> {
  const name = "$step";
  const type = { dtype: "i32", shape: [] } as const;
  const step = inputs.get(name) ?? b.node("input", [], { name, role: "scalar" }, type);
  inputs.set(name, step);
  return new Map([[name, b.node("sub", [step, skipped])]]);
}

export interface Verdict {
  readonly judged: Judged;
  readonly inputs: Map<string, Node>;
  readonly lossScale: LossScale;
}

/** The updates where the gradients are good, else what was before; and those of the scale. */
export function skipBadStep(
  b: Builder,
  updates: readonly Output[],
  { judged, inputs, lossScale }: Verdict,
): readonly Output[] {
  const { isGood, value, good, skipped } = judged;
  const kept = updates.map((output): Output => {
    const { name } = output;
    const { type } = output.node;
    // A state that is written without being read has no input yet.
    const before = inputs.get(name) ?? b.node("input", [], { name, role: "optimizer" }, type);
    inputs.set(name, before);
    const node = b.node("select", [spread(b, isGood, before), output.node, before]);
    return { ...output, node };
  });
  const zero = makeConstant(b, "i32", 0);
  const plusOne = (count: Node): Node => b.node("add", [count, makeConstant(b, "i32", 1)]);
  const { growth, interval, backoff } = lossScale;
  const grown = times(b, value, makeConstant(b, "f32", growth));
  const larger = b.node("select", [isFiniteNumber(b, grown), grown, value]);
  const grows = b.node("ge", [plusOne(good), makeConstant(b, "i32", interval)]);
  const next = b.node("select", [
    isGood,
    b.node("select", [grows, larger, value]),
    times(b, value, makeConstant(b, "f32", backoff)),
  ]);
  const count = b.node("select", [isGood, b.node("select", [grows, zero, plusOne(good)]), zero]);
  const told = b.node("select", [isGood, skipped, plusOne(skipped)]);
  return [
    ...kept,
    { name: lossScalePaths.value, role: "update", node: next },
    { name: lossScalePaths.good, role: "update", node: count },
    { name: lossScalePaths.skipped, role: "update", node: told },
    { name: skippedOutput, role: "metric", node: told },
  ];
}

const largestNumber = 3.4028234663852886e38;

/** Of a number that is not negative. A comparison for equality is the one that devices do not optimise away for NaN. */
function isFiniteNumber(b: Builder, x: Node): Node {
  return b.node("eq", [b.node("min", [x, makeLike(b, x, largestNumber)]), x]);
}

function inverse(b: Builder, x: Node): Node {
  return b.node("div", [makeConstant(b, "f32", 1), x]);
}

function times(b: Builder, x: Node, factor: Node): Node {
  return b.node("mul", [x, spread(b, factor, x)]);
}

function spread(b: Builder, node: Node, like: Node): Node {
  const shape = knownShape(like.type);
  return makeSpread(
    b,
    node,
    shape,
    shape.map((_, axis) => axis),
  );
}
