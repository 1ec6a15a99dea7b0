// What a model is made of, as data: layers with shapes, parameters and FLOPs, totals, planned memory.

import { formatSpan } from "../../grammar/source.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { sizeOf } from "../../runtime/types.ts";
import type { ModelUnit, TrainingUnit } from "../elaborate/unit.ts";
import { isOpen, symbolsOf } from "../ir/dim.ts";
import { topological, type Graph, type Node, type TensorType } from "../ir/graph.ts";
import { findLoops, openLoops, orderWithLoops } from "../ir/loops.ts";
import { specialize } from "../ir/specialize.ts";
import { infer, operators } from "../ops/index.ts";
import { knownShape } from "../program.ts";
import { receptiveFields, type Field } from "./receptive-field.ts";
import { checkSizes } from "./persistent.ts";
import { createPrograms, placeFor } from "./programs.ts";

export interface LayerRow {
  readonly path: string;
  readonly block: string;
  /** Output shapes; the batch stays open and is told by its name. */
  readonly output: readonly string[];
  readonly parameters: number;
  /** Floating-point operations of one example's forward pass, in this layer itself. */
  readonly flops: number;
  /** For each axis of space, in a convolutional model; null where the layer does nothing in evaluation. */
  readonly receptiveField: readonly Field[] | null;
  readonly depth: number;
  readonly place: string;
}

export interface Summary {
  readonly model: string;
  readonly layers: readonly LayerRow[];
  readonly parameters: number;
  readonly states: number;
  /** Forward pass of one example. */
  readonly flops: number;
  /** Bytes: parameters and states with optimizer, and the arena, of a training step and of a forward pass. */
  readonly memory: {
    readonly batch: number;
    readonly training: number | null;
    readonly inference: number;
  };
}

/** Open sizes besides the batch must be given in `dims`; an unknown one is told by a UserError. */
export async function summarise(
  unit: ModelUnit | TrainingUnit,
  options: { batch?: number; dims?: Readonly<Record<string, number>> } = {},
): Promise<Summary> {
  const training = "model" in unit ? unit : undefined;
  const model = "model" in unit ? unit.model : unit;
  const written = training?.phases[0]?.batch;
  const batch = options.batch ?? (typeof written === "number" ? written : 1);
  const batchDim = training?.batchDim ?? model.openDims[0];
  const dims = { examples: 1, ...options.dims };
  const one = batchDim === undefined ? dims : { ...dims, [batchDim]: 1 };
  checkSizes(model, model.tensors, dims, batchDim);
  const { layers, flops, sizes } = describeLayers(model, dims, batchDim);
  const states = model.tensors
    .filter((t) => t.role === "state")
    .reduce((sum, t) => sum + sizeOf(knownShape(t.type, one) ?? [0]), 0);
  const place = await placeFor("js", 1);
  const planned = (of: ModelUnit | TrainingUnit, kind: "train" | "predict"): number => {
    const programs = createPrograms(of, place, { dims });
    programs.compiled(kind, batch);
    return programs.plannedBytes();
  };
  return {
    model: model.name,
    layers,
    parameters: [...sizes.values()].reduce((sum, n) => sum + n, 0),
    states,
    flops: [...flops.values()].reduce((sum, n) => sum + n, 0),
    memory: {
      batch,
      training: training ? planned(training, "train") : null,
      inference: planned(model, "predict"),
    },
  };
}

/** The rows alone; nothing is compiled for them. */
export function describeLayers(
  model: ModelUnit,
  dims: Readonly<Record<string, number>>,
  batchDim: string | undefined,
): {
  readonly layers: readonly LayerRow[];
  readonly flops: ReadonlyMap<string, number>;
  /** Numbers of every parameter, by path. */
  readonly sizes: ReadonlyMap<string, number>;
} {
  const one = batchDim === undefined ? dims : { ...dims, [batchDim]: 1 };
  const { flops, fields } = measureLayers(model, one);
  const sizes = new Map<string, number>();
  for (const { path, type, role } of model.tensors) {
    const shape = knownShape(type, one);
    if (shape && role === "parameter") sizes.set(path, sizeOf(shape));
  }
  const layers = model.layers.map((layer): LayerRow => ({
    path: layer.path,
    block: layer.block,
    output: layer.output.map((type) => shapeText(type, dims)),
    parameters: layer.parameters.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0),
    flops: flops.get(layer.path) ?? 0,
    receptiveField: fields.get(layer.path) ?? null,
    depth: layer.depth,
    place: formatSpan(layer.span),
  }));
  return { layers, flops, sizes };
}

/** What the evaluation graph tells of the layers, by their paths. */
interface Measured {
  /** Of the nodes of which the layer is the innermost. */
  readonly flops: ReadonlyMap<string, number>;
  /** Of the layer's result. Empty if the model looks at no neighbours. */
  readonly fields: ReadonlyMap<string, readonly Field[]>;
}

function measureLayers(model: ModelUnit, dims: Readonly<Record<string, number>>): Measured {
  const graph = specialize(model.evaluation, dims, infer, new Reporter());
  if (!graph) return { flops: new Map(), fields: new Map() };
  // Nodes remember layers by labels, `conv_0: conv` (see `inside` of compiler/elaborate/apply.ts).
  const paths = new Map(
    model.layers.flatMap(({ path, block }): [string, string][] =>
      path === ""
        ? []
        : [
            [path, path],
            [`${path}: ${block}`, path],
          ],
    ),
  );
  const owners = (node: Node): string[] => [
    "",
    ...node.origin.blocks.flatMap((label) => paths.get(label) ?? []),
  ];
  const nodes = topological(graph.outputs.map((o) => o.node));
  const flops = new Map<string, number>();
  const steps = stepsOf(graph);
  for (const node of nodes) {
    const record = operators[node.op];
    if (!record) continue;
    const owner = owners(node).at(-1) ?? "";
    const count = record.flops(
      node.inputs.map((n) => n.type),
      node.attrs,
      node.type,
    );
    flops.set(owner, (flops.get(owner) ?? 0) + count * steps(node));
  }
  return { flops, fields: fieldsByLayer(graph, nodes, owners) };
}

/** How often a node is computed: once in each step of every loop over time that it stands in. */
function stepsOf(graph: Graph): (node: Node) => number {
  const order = orderWithLoops(graph.outputs.map(({ node }) => node));
  const open = openLoops(order);
  const loops = findLoops(order, open);
  return (node) => {
    const lengths = [...(open.get(node) ?? [])].map((name) => Number(loops.get(name)?.length ?? 1));
    return lengths.reduce((product, length) => product * length, 1);
  };
}

function fieldsByLayer(
  graph: Graph,
  nodes: readonly Node[],
  owners: (node: Node) => readonly string[],
): Map<string, readonly Field[]> {
  const byNode = receptiveFields(graph);
  const fields = [...byNode.values()].map((found) => [...found.values()]);
  const looksAround = fields.some((list) => list.some((f) => f.size !== "all" && f.size > 1));
  const byLayer = new Map<string, readonly Field[]>();
  if (!looksAround) return byLayer;
  // A layer's result comes after all else in it.
  for (const node of nodes) {
    const found = [...(byNode.get(node) ?? [])].sort(([a], [b]) => a - b).map(([, field]) => field);
    if (found.length > 0) for (const path of owners(node)) byLayer.set(path, found);
  }
  return byLayer;
}

function shapeText(type: TensorType, dims: Readonly<Record<string, number>>): string {
  const shape = type.shape.map((dim) => {
    if (!isOpen(dim)) return String(dim);
    const known = [...symbolsOf(dim)].every((name) => name in dims);
    return known ? String(knownShape({ dtype: type.dtype, shape: [dim] }, dims)?.[0]) : dim.text;
  });
  return `${type.dtype === "f32" ? "" : type.dtype}[${shape.join(", ")}]`;
}
