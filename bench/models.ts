// The models that are measured: what feeds them, how their parameters start, and how fast they have to be.

import path from "node:path";

import { UserError } from "../runtime/errors.ts";

/** How a parameter starts: within ±√(3 · gain / fan-in), within ±bound, or at a value. */
export type Start = { readonly path: string } & (
  { readonly gain: number } | { readonly bound: number } | { readonly value: number }
);

export interface BenchModel {
  readonly name: string;
  /** At most this many times the time of PyTorch's training step in the same run, for wasm with one thread. */
  readonly goal: number;
  /** Fields of a batch in order: numbers within ±1, or whole numbers below a bound. */
  readonly fields: Readonly<Record<string, "reals" | { readonly below: number }>>;
  /** Every parameter, in the order in which their series of numbers are counted from 1. */
  readonly starts: readonly Start[];
  /** Settings with which nothing is drawn at random, for comparing losses. */
  readonly exact?: Readonly<Record<string, string>>;
}

const images = { x: "reals", label: { below: 10 } } as const;

/** A weight with this gain, and a bias at 0. */
const affine = (at: string, gain = 1): Start[] => [
  { path: `${at}.weight`, gain },
  { path: `${at}.bias`, value: 0 },
];
const norm = (at: string): Start[] => [
  { path: `${at}.weight`, value: 1 },
  { path: `${at}.bias`, value: 0 },
];

/** Convolution and batch norm `i` of a block. */
const normed = (at: string, i: number): Start[] => [
  { path: `${at}conv_${i}.weight`, gain: 2 },
  ...norm(`${at}batch_norm_${i}`),
];

/** Blocks whose stride is 2 have a third convolution, in the shortcut. */
const basic = (i: number): Start[] =>
  (i > 0 && i % 2 === 0 ? [0, 1, 2] : [0, 1]).flatMap((j) => normed(`basic_${i}.`, j));

/** A layer of a Transformer: first norm, attention, second norm, feed-forward. */
const layer = (at: string): Start[] => [
  ...norm(`${at}.layer_norm_0`),
  ...affine(`${at}.attention_0.dense_0`),
  ...affine(`${at}.attention_0.dense_1`),
  ...norm(`${at}.layer_norm_1`),
  ...affine(`${at}.dense_0`, 2),
  ...affine(`${at}.dense_1`),
];

/** A language model over letters: the cell's weights at most 1/√256, its biases at 0. */
const recurrent = (cell: string, goal: number): BenchModel => ({
  name: `${cell}-lm`,
  goal,
  fields: { tokens: { below: 28 }, label: { below: 28 } },
  starts: [
    { path: `cell.weight_ih`, bound: 1 / 16 },
    { path: `cell.weight_hh`, bound: 1 / 16 },
    { path: `cell.bias_ih`, value: 0 },
    { path: `cell.bias_hh`, value: 0 },
    ...affine("dense_0"),
  ],
});

export const models: readonly BenchModel[] = [
  {
    name: "mlp",
    goal: 1.9,
    fields: images,
    starts: [...affine("dense_0", 2), ...affine("dense_1")],
  },
  {
    name: "lenet",
    goal: 0.86,
    fields: images,
    starts: [
      ...["conv_0", "conv_1", "dense_0", "dense_1"].flatMap((at) => affine(at, 4)),
      ...affine("dense_2"),
    ],
  },
  {
    name: "vgg-small",
    goal: 1.45,
    fields: images,
    starts: [
      ...[0, 1, 2, 3].flatMap((i) => affine(`stage_${i}.conv_0`, 2)),
      ...affine("dense_0", 2),
      ...affine("dense_1"),
    ],
    exact: { drop: "0" },
  },
  {
    name: "resnet18-cifar",
    goal: 1.9,
    fields: images,
    starts: [...normed("", 0), ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap(basic), ...affine("dense_0")],
  },
  recurrent("lstm", 1.06),
  recurrent("gru", 1.04),
  {
    name: "transformer-enc",
    goal: 1.48,
    fields: { tokens: { below: 1000 }, label: { below: 2 } },
    starts: [
      { path: "embedding_0.weight", bound: 0.05 },
      ...[0, 1].flatMap((i) => layer(`encoder_${i}`)),
      ...affine("dense_0"),
    ],
  },
  {
    name: "tiny-gpt",
    goal: 1.23,
    fields: { tokens: { below: 65 }, label: { below: 65 } },
    starts: [
      { path: "embedding_0.weight", bound: 0.05 },
      { path: "places", bound: 0.05 },
      ...[0, 1, 2, 3].flatMap((i) => layer(`layer_${i}`)),
      ...norm("layer_norm_0"),
      { path: "dense_0.weight", gain: 1 },
    ],
  },
];

export function modelNamed(name: string): BenchModel {
  const found = models.find((model) => model.name === name);
  if (found) return found;
  throw new UserError(`there is no model ${name}`, {
    help: `the models are ${models.map((m) => m.name).join(", ")}`,
  });
}

/** The file of a model. */
export function fileOf(model: BenchModel): string {
  return path.join(import.meta.dirname, "models", `${model.name}.dlm`);
}
