// The reference: what every operator means, one plain function each, in double precision and never rounded.

import { contract, einsum, matmul } from "./contract.ts";
import { conv, convTranspose } from "./conv.ts";
import { gather, oneHot, scatterAdd, scatterAlong, takeAlong } from "./gather.ts";
import { pointwise } from "./pointwise.ts";
import { argmax, cumsum, mean, reduce } from "./reduce.ts";
import { constant, dim, host, iota, random } from "./sources.ts";
import type { ReferenceFunction } from "./tensor.ts";
import {
  broadcast,
  concat,
  flip,
  pad,
  reshape,
  slice,
  stack,
  transpose,
  view,
  windows,
} from "./view.ts";

export type { Attributes, KnownForm, KnownType, ReferenceFunction } from "./tensor.ts";

/** By operator: primitives and named ones. `input` has none, its value is given. */
export const referenceFunctions: Readonly<Record<string, ReferenceFunction>> = {
  ...pointwise,
  constant,
  dim,
  iota,
  random,
  host,
  view,
  reshape,
  concat,
  reduce,
  argmax,
  contract,
  gather,
  scatter_add: scatterAdd,
  matmul,
  conv,
  conv_transpose: convTranspose,
  einsum,
  broadcast,
  slice,
  transpose,
  flip,
  pad,
  windows,
  squeeze: reshape,
  unsqueeze: reshape,
  stack,
  cumsum,
  take_along: takeAlong,
  scatter_along: scatterAlong,
  one_hot: oneHot,
  mean,
};
