// A plan as JavaScript: one function a kernel over typed arrays of one memory, with the source place above each.

import { formatSpan } from "../../../grammar/source.ts";
import { InternalError } from "../../../grammar/diagnostic.ts";
import type { Code } from "../../../runtime/artifact.ts";
import { elementBytes } from "../../../runtime/types.ts";
import type { Kernel, Plan, Scatter } from "../../schedule/kernel.ts";
import { printContract } from "./contract.ts";
import { createPrinter, type Printer } from "./expression.ts";
import { printLoop, printScatter } from "./loop.ts";

/** Source of the body of `(memory, h) => kernels[]`, each called with the counter `t` of the plan's loop; `h` are the helpers of runtime/devices/js-helpers.ts. */
export function emitJs(plan: Plan): Code {
  const printer = createPrinter(plan.places);
  const lines = [
    '"use strict";',
    "const f32 = new Float32Array(memory), f64 = new Float64Array(memory), i32 = new Int32Array(memory);",
    "const u8 = new Uint8Array(memory), f16 = new Uint16Array(memory), tile = new Float64Array(16);",
    "return [",
  ];
  for (const kernel of plan.kernels) {
    const place = kernel.origins[0] ? commentText(formatSpan(kernel.origins[0].span)) : "";
    lines.push(`// ${commentText(kernel.name)}  ${place}`, "function (t) {");
    lines.push(...printKernel(printer, kernel, plan).map((line) => `  ${line}`), "},");
  }
  lines.push("];", "");
  return { target: "js", source: lines.join("\n") };
}

function printKernel(printer: Printer, kernel: Kernel, plan: Plan): string[] {
  switch (kernel.kind) {
    case "loop":
      return printLoop(printer, kernel);
    case "contract":
      return printContract(printer, kernel, plan.scratch.offset / 8);
    case "scatter":
      return printScatter(printer, kernel, clearText(kernel, plan));
    default:
      return kernel satisfies never;
  }
}

/** One line that zeroes the result, if it lies dense in memory: a part of a larger tensor may not. */
function clearText(kernel: Scatter, plan: Plan): string | undefined {
  const place = plan.places.get(kernel.to);
  if (!place) throw new InternalError(`value ${kernel.to} has no place`);
  let length = 1;
  for (let d = place.shape.length - 1; d >= 0; d--) {
    if (place.shape[d] !== 1 && place.strides[d] !== length) return undefined;
    length *= place.shape[d] ?? 1;
  }
  const start = place.offset / elementBytes[place.dtype];
  const array = place.dtype === "i32" ? "i32" : "f32";
  return `${array}.fill(0, ${start}, ${start + length});`;
}

/** Paths and names are the user's: a comment must not be left through a line break. */
function commentText(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._:/<>+|·-]/gu, "?");
}
