// What the attention of a trained model looks at, in some examples of a split: for reports.

import type { Vocabulary } from "../../runtime/data/text/vocabulary.ts";
import { specialIds } from "../../runtime/data/text/vocabulary.ts";
import type { Batch } from "../../runtime/train/plan.ts";
import type { TypedArray } from "../../runtime/types.ts";
import { withAttention, type AttentionPlace } from "../attention.ts";
import { formatDim, substitute, type Dim } from "../ir/dim.ts";
import { inputName, topological } from "../ir/graph.ts";
import type { OpenedTraining } from "./train.ts";

/** What a head looks at in one example. */
export interface AttentionMap {
  readonly layer: string;
  /** Number of the head, from 1, of so many. */
  readonly head: number;
  readonly heads: number;
  /** What asks and what is looked at: tokens, or nothing where no field of tokens has as many. */
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  readonly rows: number;
  readonly columns: number;
  /** Weights, row by row; a row adds up to 1. */
  readonly weights: Float32Array;
}

export interface AttentionExample {
  /** Position in the split. */
  readonly index: number;
  readonly maps: readonly AttentionMap[];
  /** Maps that are left out. */
  readonly more: number;
}

export interface InspectedAttention {
  readonly split: string;
  readonly examples: readonly AttentionExample[];
}

export interface AttentionOptions {
  readonly examples?: number;
  /** Maps an example. */
  readonly most?: number;
}

/** Undefined where the model has no attention. */
export async function inspectAttention(
  opened: OpenedTraining,
  split: string,
  { examples = 2, most = 24 }: AttentionOptions = {},
): Promise<InspectedAttention | undefined> {
  const { data } = opened;
  const count = Math.min(examples, data.source.counts[split] ?? 0);
  if (count === 0) return undefined;
  const pass = { epoch: 0, batch: count, from: 0, training: false, inOrder: true };
  for await (const batch of data.source.batches(split, pass)) {
    const { size, inputs } = batch;
    const found = await weightsOf(opened, batch);
    if (found.length === 0) return undefined;
    const tokens = tokenFields(opened, inputs, size);
    const shown = Array.from({ length: Math.min(size, count) }, (_, example) => {
      const maps = found.flatMap((weights) => mapsOf(weights, example, tokens));
      return { index: example, maps: maps.slice(0, most), more: Math.max(0, maps.length - most) };
    });
    return { split, examples: shown };
  }
  return undefined;
}

interface AttentionWeights {
  readonly place: AttentionPlace;
  readonly shape: readonly number[];
  readonly values: TypedArray;
}

/** All weights for a batch, in evaluation mode. */
async function weightsOf(
  { unit, data, runner }: OpenedTraining,
  { size, inputs }: Batch,
): Promise<AttentionWeights[]> {
  const { graph, places } = withAttention(unit.model.evaluation, unit.batchDim);
  if (places.length === 0) return [];
  const name = await runner.load(`attention@${size}`, () => graph, size);
  const { session } = runner;
  session.run(name, { ...inputs, $seed: unit.seed, $draw: 0, $step: 0, $steps: 1, $epoch: 0 });
  const sizes = { ...data.dims, [unit.batchDim]: size };
  const dims = new Map<string, Dim>(Object.entries(sizes));
  const found: AttentionWeights[] = [];
  for (const place of places) {
    const shape = place.shape.map((dim) => Number(substitute(dim, dims)));
    found.push({ place, shape, values: await session.output(name, place.output) });
  }
  return found;
}

interface TokenField {
  /** The dimension of its positions, as the model names it. */
  readonly dim: string;
  /** By example: what stands at each position, padding at the end left out. */
  readonly tokens: readonly (readonly string[])[];
}

/** The model's inputs that are sequences of tokens. */
function tokenFields(
  { unit, data }: OpenedTraining,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
  size: number,
): TokenField[] {
  return unit.model.inputs.flatMap(({ name, type }) => {
    const [, positions, ...rest] = type.shape;
    const ids = inputs[name];
    const vocabulary = vocabularyOf(unit, data.dataset.vocabularies, name);
    if (type.dtype !== "i32" || positions === undefined || rest.length > 0) return [];
    if (!ids || !vocabulary) return [];
    const length = ids.length / size;
    const tokens = Array.from({ length: size }, (_, example) => {
      const own = Array.from(ids).slice(example * length, (example + 1) * length);
      const end = own.findLastIndex((id) => id !== specialIds.padding);
      return own.slice(0, end + 1).map((id) => vocabulary.show(id));
    });
    return [{ dim: formatDim(positions), tokens }];
  });
}

/** The vocabulary that a field's ids are of. */
function vocabularyOf(
  { data }: OpenedTraining["unit"],
  vocabularies: ReadonlyMap<string, Vocabulary>,
  field: string,
): Vocabulary | undefined {
  const output = data.evaluation.outputs.find(({ name }) => name === field);
  if (!output) return undefined;
  for (const node of topological([output.node])) {
    const column = data.spec.columns.find(({ input }) => input === inputName(node));
    if (node.op === "input" && column?.source.kind === "tokens")
      return vocabularies.get(column.source.vocabulary);
  }
  return undefined;
}

/** A map for each head of one example. */
function mapsOf(
  { place, shape, values }: AttentionWeights,
  example: number,
  fields: readonly TokenField[],
): AttentionMap[] {
  const tokensAlong = (axis: number | undefined): readonly string[] => {
    const dim = axis === undefined ? undefined : place.shape[axis];
    const field = dim === undefined ? undefined : fields.find((f) => f.dim === formatDim(dim));
    return field?.tokens[example] ?? [];
  };
  const queries = tokensAlong(place.queries);
  const keys = tokensAlong(place.keys);
  const all = place.queries === undefined ? 1 : (shape[place.queries] ?? 1);
  const rows = queries.length > 0 ? Math.min(queries.length, all) : all;
  const width = shape[place.keys] ?? 1;
  const columns = keys.length > 0 ? Math.min(keys.length, width) : width;
  const heads = headsOf(place, shape);
  return heads.map((start, head) => {
    const weights = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const from =
        start + example * strideOf(shape, place.batch) + row * strideOf(shape, place.queries);
      for (let column = 0; column < columns; column++)
        weights[row * columns + column] = values[from + column * strideOf(shape, place.keys)] ?? 0;
    }
    const named = { layer: place.layer, head: head + 1, heads: heads.length };
    return { ...named, queries: queries.slice(0, rows), keys, rows, columns, weights };
  });
}

function strideOf(shape: readonly number[], axis: number | undefined): number {
  if (axis === undefined) return 0;
  return shape.slice(axis + 1).reduce((product, size) => product * size, 1);
}

/** Where each head's weights begin: every point of the axes that are neither examples, queries nor keys. */
function headsOf({ batch, queries, keys }: AttentionPlace, shape: readonly number[]): number[] {
  return shape.reduce<number[]>(
    (starts, size, axis) =>
      axis === batch || axis === queries || axis === keys
        ? starts
        : starts.flatMap((start) =>
            Array.from({ length: size }, (_, i) => start + i * strideOf(shape, axis)),
          ),
    [0],
  );
}
