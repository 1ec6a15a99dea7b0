// Convolution (cross-correlation) over any number of spatial axes, and its transpose.

import { sizeOf, type Tensor } from "../types.ts";
import {
  advance,
  input,
  numberOf,
  numbersOf,
  rowsOf,
  zeros,
  type Attributes,
  type ReferenceFunction,
} from "./tensor.ts";

/** x [N, Cin, …] and weight [Cout, Cin/groups, …] give [N, Cout, …]. */
export const conv: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const weight = input(inputs, 1);
  const out = zeros(type.dtype, type.shape);
  // Cout/groups filters read the Cin/groups channels of their group.
  forEachProduct(out, x, weight, attributes, (inOut, inX, inWeight) => {
    out.data[inOut] = (out.data[inOut] ?? 0) + (x.data[inX] ?? 0) * (weight.data[inWeight] ?? 0);
  });
  return out;
};

/** x [N, Cin, …] and weight [Cin, Cout/groups, …] give [N, Cout, …]: the gradient of `conv` by its input. */
export const convTranspose: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const weight = input(inputs, 1);
  const out = zeros(type.dtype, type.shape);
  forEachProduct(x, out, weight, attributes, (inX, inOut, inWeight) => {
    out.data[inOut] = (out.data[inOut] ?? 0) + (x.data[inX] ?? 0) * (weight.data[inWeight] ?? 0);
  });
  return out;
};

/** Calls `visit` for all elements that a convolution from `wide` to `narrow` brings together. */
function forEachProduct(
  narrow: Tensor,
  wide: Tensor,
  weight: Tensor,
  attributes: Attributes,
  visit: (inNarrow: number, inWide: number, inWeight: number) => void,
): void {
  const stride = numbersOf(attributes, "stride");
  const dilation = numbersOf(attributes, "dilation");
  const padding = rowsOf(attributes, "padding");
  const groups = numberOf(attributes, "groups");
  const [batch = 0, filters = 0, ...outSizes] = narrow.shape;
  const [, channels = 0, ...inSizes] = wide.shape;
  const [, groupChannels = 0, ...kernel] = weight.shape;
  const groupFilters = filters / groups;
  const outSize = sizeOf(outSizes);
  const inSize = sizeOf(inSizes);
  const kernelSize = sizeOf(kernel);
  if (outSize * kernelSize === 0) return;

  const at = outSizes.map(() => 0);
  let outOffset = 0;
  do {
    const within = kernel.map(() => 0);
    let kernelOffset = 0;
    do {
      let inOffset = 0;
      let inside = true;
      for (let d = 0; d < kernel.length; d++) {
        const size = inSizes[d] ?? 0;
        const i =
          (at[d] ?? 0) * (stride[d] ?? 1) +
          (within[d] ?? 0) * (dilation[d] ?? 1) -
          (padding[d]?.[0] ?? 0);
        if (i < 0 || i >= size) inside = false;
        inOffset = inOffset * size + i;
      }
      if (inside) {
        for (let n = 0; n < batch; n++) {
          for (let f = 0; f < filters; f++) {
            const firstChannel = Math.floor(f / groupFilters) * groupChannels;
            for (let c = 0; c < groupChannels; c++) {
              visit(
                (n * filters + f) * outSize + outOffset,
                (n * channels + firstChannel + c) * inSize + inOffset,
                (f * groupChannels + c) * kernelSize + kernelOffset,
              );
            }
          }
        }
      }
      kernelOffset++;
    } while (advance(within, kernel));
    outOffset++;
  } while (advance(at, outSizes));
}
