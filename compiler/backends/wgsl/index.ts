// A plan as WebGPU shaders: one module and one dispatch a kernel. Printed plainly and without tuning: first of all a
// second opinion on every kernel, by a compiler that forgives no wrong type and no wrong index.

import { formatSpan } from "../../../grammar/source.ts";
import type { Code, WebgpuKernel, WebgpuSettings } from "../../../runtime/artifact.ts";
import type { Kernel, Plan } from "../../schedule/kernel.ts";
import { scopeLines } from "../scope.ts";
import { createPrinter } from "./expression.ts";
import { extentOf, pointAxes, printBody } from "./kernels.ts";
import { libraryCode, type LibraryName } from "./library.ts";
import { createMemory, memoryCode, storesParts, type MemoryFunction } from "./memory.ts";

const workgroupSize = 64;

export function emitWebgpu(plan: Plan, settings: WebgpuSettings): Code {
  const { segmentBytes } = settings;
  return { target: "webgpu", kernels: printShaders(plan, settings), segmentBytes };
}

/** The plan's kernels in their order. */
function printShaders(plan: Plan, settings: WebgpuSettings): WebgpuKernel[] {
  return plan.kernels.map((kernel, number) => {
    const printed = printShader(plan, kernel, number, settings);
    const { lines, entry, library, access, atomic, workgroups } = printed;
    const code = [...memoryCode(access, atomic), ...libraryCode(library), ...lines, ""].join("\n");
    return { code, entry, workgroups, segments: [0], counters: false };
  });
}

/** A listing for people: what the kernels call stands once before them, the source place above each. */
export function emitWgsl(plan: Plan, settings: WebgpuSettings): string {
  const printed = plan.kernels.map((kernel, number) => printShader(plan, kernel, number, settings));
  const library = new Set(printed.flatMap((kernel) => [...kernel.library]));
  const access = new Set(printed.flatMap((kernel) => [...kernel.access]));
  const blocks = [
    "// Every kernel is a module of its own; what several of them call is printed once here.",
    ...memoryCode(access, false),
    ...libraryCode(library),
    ...printed.map(({ heading, lines }) => [...heading, ...lines].join("\n")),
  ];
  return `${blocks.join("\n\n")}\n`;
}

interface Printed {
  readonly heading: readonly string[];
  readonly lines: readonly string[];
  readonly entry: string;
  readonly library: ReadonlySet<LibraryName>;
  readonly access: ReadonlySet<MemoryFunction>;
  readonly atomic: boolean;
  readonly workgroups: readonly [number, number, number];
}

function printShader(
  plan: Plan,
  kernel: Kernel,
  number: number,
  settings: WebgpuSettings,
): Printed {
  const memory = createMemory(storesParts(kernel, plan.places));
  const printer = createPrinter(plan.places, memory);
  const points = extentOf(pointAxes(kernel));
  const groups = Math.ceil(points / workgroupSize);
  const x = Math.min(groups, settings.workgroups);
  const y = x === 0 ? 0 : Math.ceil(groups / x);
  const point = y > 1 ? `i32(id.y) * ${x * workgroupSize} + i32(id.x)` : "i32(id.x)";
  // Nothing may be divided by an extent of 0, not even in a shader that never runs.
  const body = points === 0 ? [] : scopeLines(printBody(printer, kernel, point));
  const entry = `k${number}_${kernel.name.replace(/\W/g, "_")}`;
  const place = kernel.origins[0] ? commentText(formatSpan(kernel.origins[0].span)) : "";
  const title = `// ${commentText(kernel.name)}  ${place}`.trimEnd();
  return {
    heading: memory.atomic
      ? [title, "// stores parts of words: memory is array<atomic<u32>>"]
      : [title],
    lines: [
      `@compute @workgroup_size(${workgroupSize})`,
      `fn ${entry}(@builtin(global_invocation_id) id: vec3u) {`,
      ...body.map((line) => `  ${line}`),
      "}",
    ],
    entry,
    library: printer.used,
    access: memory.used,
    atomic: memory.atomic,
    workgroups: [x, y, 1],
  };
}

/** Paths and names are the user's: a comment must not be left through a line break. */
function commentText(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._:/<>+|·-]/gu, "?");
}
