// What a trained classifier takes for what, for reports: a confusion matrix, and the examples that it is surest and
// wrong about.

import { sizeOf, type TypedArray } from "../../runtime/types.ts";
import { labelRanges } from "./label-ranges.ts";
import type { OpenedTraining } from "./train.ts";

export interface Picture {
  /** 1 or 3 channels, channel after channel. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly values: TypedArray;
}

export interface WrongExample {
  /** Position in the split. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Probability that the model gave to what it predicted. */
  readonly confidence: number;
  /** The input, where it is an image. */
  readonly picture?: Picture;
}

export interface Inspection {
  readonly split: string;
  readonly examples: number;
  readonly classes: number;
  /** Names of the classes by number, where the data know them. */
  readonly names: readonly string[];
  /** `counts[label][predicted]`. */
  readonly counts: readonly (readonly number[])[];
  /** The surest first. */
  readonly wrong: readonly WrongExample[];
}

export interface InspectOptions {
  /** Wrong examples that are kept. */
  readonly keep?: number;
  /** Examples that are looked at. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Undefined where the model is no classifier: no integer field with a known number of classes that an output scores. */
export async function inspectSplit(
  opened: OpenedTraining,
  split: string,
  { keep = 40, limit = 20_000, signal }: InspectOptions = {},
): Promise<Inspection | undefined> {
  const target = findTarget(opened);
  const { data, runner, batch } = opened;
  const count = Math.min(limit, data.source.counts[split] ?? 0);
  if (!target || count === 0) return undefined;
  const { label, output, classes } = target;
  const image = imageField(opened);
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  let wrong: WrongExample[] = [];
  let seen = 0;
  const most = Math.min(batch, count);
  const pass = { epoch: 0, batch: most, from: 0, training: false, inOrder: true };
  for await (const { size, inputs } of data.source.batches(split, pass)) {
    const scores = (await runner.forward(inputs, size))[output];
    const labels = inputs[label];
    if (!scores || !labels) return undefined;
    for (let i = 0; i < size && seen < count; i++, seen++) {
      const row = scores.subarray(i * classes, (i + 1) * classes);
      const predicted = largest(row);
      const truth = labels[i] ?? 0;
      const of = counts[truth];
      if (of) of[predicted] = (of[predicted] ?? 0) + 1;
      if (predicted === truth) continue;
      const confidence = probability(row, predicted);
      if (wrong.length >= keep && confidence <= (wrong.at(-1)?.confidence ?? 0)) continue;
      const picture = image && {
        shape: image.shape,
        values: (inputs[image.name] ?? new Float32Array(0)).slice(
          i * sizeOf(image.shape),
          (i + 1) * sizeOf(image.shape),
        ),
      };
      const found = { index: seen, label: truth, predicted, confidence };
      wrong.push(picture ? { ...found, picture } : found);
      wrong = wrong.sort((a, b) => b.confidence - a.confidence).slice(0, keep);
    }
    if (seen >= count || signal?.aborted) break;
  }
  const named = [...data.dataset.columns.values()].find(
    ({ shape, labels }) => shape.length === 0 && labels?.length === classes,
  );
  return { split, examples: seen, classes, names: named?.labels ?? [], counts, wrong };
}

/** The field of class numbers, and the output with a score a class. */
export function findTarget({
  unit,
  data,
}: OpenedTraining): { label: string; output: string; classes: number } | undefined {
  for (const [label, { below: classes }] of labelRanges(unit)) {
    const field = data.fields.find(({ name }) => name === label);
    if (field?.shape.length !== 0 || classes > 1000) continue;
    const output = unit.model.outputs.find(
      ({ type }) => type.dtype === "f32" && type.shape.length === 2 && type.shape[1] === classes,
    );
    if (output) return { label, output: output.name, classes };
  }
  return undefined;
}

function imageField({ unit, data }: OpenedTraining):
  | {
      name: string;
      shape: Picture["shape"];
    }
  | undefined {
  for (const { name, dtype, shape } of data.fields) {
    const [channels = 0, height = 0, width = 0] = shape;
    const isInput = unit.model.inputs.some((input) => input.name === name);
    const isImage = shape.length === 3 && (channels === 1 || channels === 3) && height > 1;
    if (isInput && isImage && (dtype === "f32" || dtype === "u8")) {
      return { name, shape: [channels, height, width] };
    }
  }
  return undefined;
}

function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** Of one class. */
function probability(scores: ArrayLike<number>, index: number): number {
  return probabilities(scores)[index] ?? 0;
}

/** Of logits by softmax; probabilities stay what they are. */
export function probabilities(scores: ArrayLike<number>): Float32Array {
  const values = Array.from(scores);
  const sum = values.reduce((total, value) => total + value, 0);
  const isSoftmax = Math.abs(sum - 1) < 1e-3 && values.every((value) => value >= 0);
  if (isSoftmax) return Float32Array.from(values);
  const top = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - top));
  const total = powers.reduce((all, value) => all + value, 0);
  return Float32Array.from(powers, (value) => value / total);
}
