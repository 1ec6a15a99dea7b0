// Model graph → training graph: the forward graph with gradients, clipping and the optimizers' steps, in one graph.

import { InternalError, type Reporter } from "../../grammar/diagnostic.ts";
import type { Clip } from "../elaborate/unit.ts";
import type { Builder } from "../ir/build.ts";
import { graphNodes, type Graph, type Node, type Origin, type Output } from "../ir/graph.ts";
import { newBuilder } from "../ops/index.ts";
import { makeConstant, makeLike } from "../ops/make.ts";
import { addUp } from "./accumulate.ts";
import { clipGradients, gradientNorm } from "./clip.ts";
import {
  judge,
  openLossScale,
  skipBadStep,
  stepsDone,
  unscaled,
  type LossScale,
} from "./loss-scale.ts";
import { reverse, type Seed } from "./reverse.ts";

export interface DifferentiateOptions {
  /** By parameter path: the lowered step (inputs `w`, `g`, scalars, states; outputs: updates), or `none`: frozen. */
  readonly optimizers: ReadonlyMap<string, { readonly step: Graph } | "none">;
  readonly clip?: Clip;
  /** By parameter path: the output (role `loss`) that it follows; the one called `loss` by default. */
  readonly losses?: ReadonlyMap<string, string>;
  /** Adds the gradients, times this number of examples, to the states `gradient.<path>`; no parameter is updated. */
  readonly accumulate?: number;
  /** Adds the norm of all gradients together, before clipping, as the output `normOutput`. */
  readonly norm?: boolean;
  /** The loss is multiplied by a scale that finds its own size, and the gradients are divided by it; see `loss-scale.ts`. */
  readonly lossScale?: LossScale;
  /** Give gradients as outputs instead of updates. */
  readonly gradients?: boolean;
  /** With `gradients`: names of the inputs to differentiate by; all parameters that are not frozen by default. */
  readonly wrt?: readonly string[];
  /** Takes operators without a gradient; otherwise they are an InternalError. */
  readonly reporter?: Reporter;
}

/**
 * The forward graph must be lowered and have outputs with the role `loss`, scalars of f32. Its outputs stay. Added
 * are `gradient`s by parameter path, or the `update`s of every trained parameter and of its optimizer's states.
 */
export function differentiate(forward: Graph, options: DifferentiateOptions): Graph {
  const loss = lossNamed(forward, "loss");
  const inputs = inputsByName(forward);
  const frozen = (path: string): boolean => options.optimizers.get(path) === "none";
  const trained = options.gradients
    ? (options.wrt ??
      [...inputs.values()]
        .filter(isParameter)
        .map(nameOf)
        .filter((path) => !frozen(path)))
    : [...options.optimizers.keys()].filter((path) => !frozen(path));

  const b = newBuilder({ ...loss.origin, role: "backward" });
  const followers = new Map<Node, Set<Node>>();
  for (const path of trained) {
    const parameter = inputs.get(path);
    const own = lossNamed(forward, options.losses?.get(path) ?? "loss");
    const known = followers.get(own) ?? new Set();
    followers.set(own, parameter ? known.add(parameter) : known);
  }
  const scale = options.lossScale && openLossScale(b, inputs);
  const found = new Map<Node, Node>();
  for (const [node, wanted] of followers) {
    const seed = { node, cotangent: scale?.value ?? makeConstant(b, "f32", 1) };
    for (const [parameter, gradient] of reverse(b, [seed], wanted, options.reporter))
      found.set(parameter, gradient);
  }

  const updating = updateOrigin(loss);
  b.at(updating);
  const targets = trained.map((path) => {
    const parameter = inputs.get(path) ?? unusedParameter(b, path, options);
    inputs.set(path, parameter);
    // A parameter that the loss does not reach has the gradient 0.
    return { path, parameter, gradient: found.get(parameter) ?? makeLike(b, parameter, 0) };
  });
  const isGiven = options.gradients === true || options.accumulate !== undefined;
  const ready = scale && isGiven ? targets.map((target) => unscaled(b, target, scale)) : targets;
  const added =
    options.accumulate === undefined
      ? updateAll(b, ready, { ...options, isScaled: true }, inputs)
      : addUp(b, ready, options.accumulate, inputs);
  return { inputs: [...inputs.values()], outputs: [...forward.outputs, ...added] };
}

/** Name of the output that holds the norm of all gradients together. */
export const normOutput = "$norm";

function lossNamed(forward: Graph, name: string): Node {
  const losses = forward.outputs.filter(({ role }) => role === "loss");
  const loss = (losses.find((output) => output.name === name) ?? losses[0])?.node;
  if (!loss) throw new InternalError("a graph without a loss cannot be differentiated");
  if (loss.type.dtype !== "f32" || loss.type.shape.length > 0)
    throw new InternalError("the loss must be a scalar f32");
  return loss;
}

/** A trained parameter with its gradient. */
export interface Target {
  readonly path: string;
  readonly parameter: Node;
  readonly gradient: Node;
}

export interface UpdateOptions extends Pick<
  DifferentiateOptions,
  "optimizers" | "clip" | "gradients" | "norm" | "lossScale"
> {
  /** Whether gradients are those of the scaled loss, where there is a scale. */
  readonly isScaled?: boolean;
}

/** Clipping and the optimizers' steps, or the clipped gradients themselves. */
export function updateAll(
  b: Builder,
  targets: readonly Target[],
  options: UpdateOptions,
  inputs: Map<string, Node>,
): readonly Output[] {
  const { clip, lossScale } = options;
  const given = targets.map(({ gradient }) => gradient);
  const judged =
    lossScale && !options.gradients && given.length > 0
      ? judge(b, given, openLossScale(b, inputs), options.isScaled ?? false)
      : undefined;
  const raw = judged?.gradients ?? given;
  const clipped = clip ? clipGradients(b, raw, clip, judged?.norm) : raw;
  const norm: Output[] =
    options.norm && raw.length > 0
      ? [{ name: normOutput, role: "metric", node: judged?.norm ?? gradientNorm(b, raw) }]
      : [];
  const scalars = judged ? stepsDone(b, judged, inputs) : new Map<string, Node>();
  const updates = targets.flatMap(({ path, parameter, gradient }, i): readonly Output[] => {
    const node = clipped[i] ?? gradient;
    if (options.gradients) return [{ name: path, role: "gradient", node }];
    const optimizer = options.optimizers.get(path);
    if (!optimizer || optimizer === "none") return [];
    const fields = new Map([
      ["w", parameter],
      ["g", node],
    ]);
    return inlineStep(b, optimizer.step, fields, inputs, scalars);
  });
  if (!judged || !lossScale) return [...norm, ...updates];
  return [...norm, ...skipBadStep(b, updates, { judged, inputs, lossScale })];
}

/**
 * The graph with the gradients of Σ outputs · cotangents. New inputs `cotangent.<output>` (role field) have the types
 * of the f32 outputs named (by default all); new outputs are the gradients by the inputs named in `wrt` (by default
 * all of f32), zeros where nothing depends on an input.
 */
export function vjp(
  graph: Graph,
  options: { readonly outputs?: readonly string[]; readonly wrt?: readonly string[] } = {},
): Graph {
  const inputs = inputsByName(graph);
  const chosen = graph.outputs.filter(
    ({ name, node }) => node.type.dtype === "f32" && (options.outputs?.includes(name) ?? true),
  );
  const [first] = chosen;
  const wrt =
    options.wrt ??
    [...inputs].filter(([, node]) => node.type.dtype === "f32").map(([name]) => name);
  if (!first) throw new InternalError("there is no f32 output to differentiate");
  const b = newBuilder({ ...first.node.origin, role: "backward" });
  const seeds = chosen.map(({ name, node }): Seed => {
    const cotangent = b.node("input", [], { name: `cotangent.${name}`, role: "field" }, node.type);
    return { node, cotangent };
  });
  const wanted = new Set(wrt.map((name) => inputs.get(name)).filter((node) => node !== undefined));
  const found = reverse(b, seeds, wanted);
  const gradients = wrt.map((name): Output => {
    const node = inputs.get(name);
    if (!node) throw new InternalError(`there is no input ${name}`);
    return { name, role: "gradient", node: found.get(node) ?? makeLike(b, node, 0) };
  });
  return {
    inputs: [...inputs.values(), ...seeds.map(({ cotangent }) => cotangent)],
    outputs: [...graph.outputs, ...gradients],
  };
}

function nameOf(node: Node): string {
  const { name } = node.attrs;
  if (typeof name !== "string") throw new InternalError("an input has no name");
  return name;
}

function isParameter(node: Node): boolean {
  return node.attrs["role"] === "parameter" && node.type.dtype === "f32";
}

export function inputsByName(graph: Graph): Map<string, Node> {
  const nodes = new Set([...graph.inputs, ...graphNodes(graph).filter(({ op }) => op === "input")]);
  return new Map([...nodes].map((node) => [nameOf(node), node]));
}

function updateOrigin(loss: Node): Origin {
  return { span: loss.origin.span, blocks: [], role: "update" };
}

/** A parameter that the forward graph does not read; its type is known from its optimizer. */
export function unusedParameter(
  b: Builder,
  path: string,
  options: Pick<DifferentiateOptions, "optimizers">,
): Node {
  const optimizer = options.optimizers.get(path);
  const weight =
    optimizer && optimizer !== "none" ? inputsByName(optimizer.step).get("w") : undefined;
  if (!weight) throw new InternalError(`nothing reads the parameter ${path}`);
  return b.node("input", [], { name: path, role: "parameter" }, weight.type);
}

/** The nodes of an optimizer's or an average's step over given fields; scalars and states are shared by name, but for
 *  `scalars` that something else stands for. */
export function inlineStep(
  b: Builder,
  step: Graph,
  fields: ReadonlyMap<string, Node>,
  inputs: Map<string, Node>,
  scalars: ReadonlyMap<string, Node> = new Map(),
): readonly Output[] {
  const copies = new Map<Node, Node>();
  const copyOf = (node: Node): Node => {
    const copy = copies.get(node);
    if (!copy) throw new InternalError(`${node.op} is read before it is made`);
    return copy;
  };
  for (const node of graphNodes(step)) {
    b.at({ ...node.origin, role: "update" });
    if (node.op !== "input") {
      copies.set(node, b.node(node.op, node.inputs.map(copyOf), node.attrs, node.type));
      continue;
    }
    const name = nameOf(node);
    const given = node.attrs["role"] === "field" ? fields.get(name) : undefined;
    const scalar = scalars.get(name);
    if (given ?? scalar) copies.set(node, given ?? scalar ?? node);
    else {
      const shared = inputs.get(name) ?? b.node("input", [], node.attrs, node.type);
      inputs.set(name, shared);
      copies.set(node, shared);
    }
  }
  return step.outputs
    .filter(({ role }) => role === "update")
    .map((output) => ({ ...output, node: copyOf(output.node) }));
}
