// Plans and kernels as text for people: `--emit plan`, `--emit kernels`.

import { formatSpan } from "../../grammar/source.ts";
import type { Step } from "../../runtime/artifact.ts";
import { sizeOf, elementBytes } from "../../runtime/types.ts";
import { accessOf } from "./access.ts";
import type { Axis, Kernel, Plan, ValueId } from "./kernel.ts";

export { explainKernels } from "./print-kernels.ts";

/** One line a kernel: kind, name, outer; inner space, KiB read / written, source line; below contractions how they are
 *  laid out; then the memory. */
export function explainPlan(plan: Plan): string {
  const rows = plan.kernels.map((kernel) => kernelRow(plan, kernel));
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = stepLines(plan.steps, "", (number) => {
    const row = (rows[number] ?? [])
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
    const kernel = plan.kernels[number];
    const layout = kernel && plan.layouts.get(kernel)?.text;
    return layout ? [row, `    ${layout}`] : [row];
  });
  const persistent = plan.buffers.find((buffer) => buffer.role === "persistent")?.bytes ?? 0;
  const peak = plan.kernels[plan.peak.kernel];
  lines.push(
    "",
    `${plan.kernels.length} kernels`,
    `persistent ${kib(persistent)} KiB, arena ${kib(plan.arenaBytes)} KiB of which scratch ${kib(plan.scratch.bytes)} KiB`,
    `peak ${kib(plan.peak.bytes)} KiB at ${peak ? `${peak.name}  ${sourceOf(peak)}` : "no kernel"}`,
    "",
  );
  return lines.join("\n");
}

function stepLines(
  steps: readonly Step[],
  indent: string,
  kernel: (number: number) => readonly string[],
): string[] {
  return steps.flatMap((step): string[] => {
    switch (step.kind) {
      case "kernel":
        return kernel(step.kernel).map((line) => indent + line);
      case "copy":
        return [`${indent}copy ${step.bytes} bytes from ${step.from} to ${step.to}`];
      case "fill":
        return [`${indent}fill ${step.bytes} bytes at ${step.at}`];
      case "loop": {
        const body = stepLines(step.body, `${indent}  `, kernel);
        return [
          `${indent}loop ${step.count}${step.reverse ? " reverse" : ""} {`,
          ...body,
          `${indent}}`,
        ];
      }
      default:
        return step satisfies never;
    }
  });
}

function kernelRow(plan: Plan, kernel: Kernel): string[] {
  const { reads, writes } = accessOf(kernel);
  const traffic = `${kib(bytesOfValues(plan, reads))} / ${kib(bytesOfValues(plan, writes))}`;
  return [`${kernelLetter(kernel)} ${kernel.name}`, spaceText(kernel), traffic, sourceOf(kernel)];
}

/** C contraction, S scatter, M map, R reduction, W rows (several passes, or stores beside a reduction). */
export function kernelLetter(kernel: Kernel): "C" | "S" | "M" | "R" | "W" {
  if (kernel.kind === "contract") return "C";
  if (kernel.kind === "scatter") return "S";
  if (kernel.passes.every((pass) => pass.accumulators.length === 0)) return "M";
  return kernel.passes.length === 1 && kernel.passes[0]?.stores.length === 0 ? "R" : "W";
}

function spaceText(kernel: Kernel): string {
  const sizes = (axes: readonly Axis[]): string => axes.map((axis) => axis.extent).join("·") || "1";
  switch (kernel.kind) {
    case "contract":
      return `${sizes([...kernel.batch, ...kernel.m, ...kernel.n])}; ${sizes(kernel.k)}`;
    case "scatter":
      return `${sizes(kernel.parallel)}; ${sizes(kernel.ordered)}`;
    case "loop":
      return kernel.inner.length > 0
        ? `${sizes(kernel.parallel)}; ${sizes(kernel.inner)}`
        : sizes(kernel.parallel);
    default:
      return kernel satisfies never;
  }
}

function sourceOf(kernel: Kernel): string {
  const [origin] = kernel.origins;
  return origin ? formatSpan(origin.span) : "";
}

function bytesOfValues(plan: Plan, ids: Iterable<ValueId>): number {
  let sum = 0;
  for (const id of ids) {
    const place = plan.places.get(id);
    if (place) sum += sizeOf(place.shape) * elementBytes[place.dtype];
  }
  return sum;
}

function kib(bytes: number): string {
  return String(Math.ceil(bytes / 1024));
}
