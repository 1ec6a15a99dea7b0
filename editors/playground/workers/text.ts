// Names and shapes as the page shows them.

import type { TensorType } from "../../../compiler/ir/graph.ts";

export const modelPath = "model.dlm";

/** `[batch, 10]`; element types other than f32 stand before it. */
export function shapeText(type: TensorType): string {
  const dims = type.shape.map((dim) => (typeof dim === "number" ? String(dim) : dim.text));
  return `${type.dtype === "f32" ? "" : type.dtype}[${dims.join(", ")}]`;
}
