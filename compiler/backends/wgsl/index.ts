// A plan as WebGPU shaders: one module and one dispatch a kernel. Printed plainly and without tuning: first of all a
// second opinion on every kernel, by a compiler that forgives no wrong type and no wrong index.

import { formatSpan } from "../../../grammar/source.ts";
import { DeviceRefusal } from "../../../runtime/errors.ts";
import type { Code, WebgpuKernel, WebgpuSettings } from "../../../runtime/artifact.ts";
import type { Kernel, Plan } from "../../schedule/kernel.ts";
import { scopeLines } from "../scope.ts";
import { createPrinter } from "./expression.ts";
import { extentOf, pointAxes, printBody } from "./kernels.ts";
import { libraryCode, type LibraryName } from "./library.ts";
import { createMemory, storesParts, type Declaration, type Memory } from "./memory.ts";

const workgroupSize = 64;

export function emitWebgpu(plan: Plan, settings: WebgpuSettings): Code {
  const { segmentBytes } = settings;
  return { target: "webgpu", kernels: printShaders(plan, settings), segmentBytes };
}

/** The plan's kernels in their order. */
function printShaders(plan: Plan, settings: WebgpuSettings): WebgpuKernel[] {
  return plan.kernels.map((kernel) => {
    // Kernels that differ in their names alone are one pipeline.
    const entry = "main";
    const printed = printShader(plan, kernel, settings, entry);
    const { lines, library, memory, counters, workgroups } = printed;
    const segments = memory.segments.length === 0 ? [0] : [...memory.segments];
    if (segments.length > settings.bindings) throw tooManySegments(kernel, settings);
    const declared = [...memory.code(), ...(counters ? [counterCode] : [])];
    const texts = declared.map(({ text }) => text);
    const code = [...texts, ...libraryCode(library), ...lines, ""].join("\n");
    return { code, entry, workgroups, segments, counters };
  });
}

const counterCode: Declaration = {
  name: "counters",
  text: "@group(1) @binding(0) var<uniform> counters: vec4<i32>;",
};

/** A listing for people: what the kernels call stands once before them, the source place above each. */
export function emitWgsl(plan: Plan, settings: WebgpuSettings): string {
  const printed = plan.kernels.map((kernel, number) =>
    printShader(plan, kernel, settings, `k${number}_${kernel.name.replace(/\W/g, "_")}`),
  );
  const library = new Set(printed.flatMap((kernel) => [...kernel.library]));
  const declared = new Map<string, string>();
  // Where several declare the memory, the plain form is shown.
  for (const { memory, counters } of [...printed].sort((a, b) => rank(a) - rank(b))) {
    for (const { name, text } of [...memory.code(), ...(counters ? [counterCode] : [])]) {
      if (!declared.has(name)) declared.set(name, text);
    }
  }
  const blocks = [
    "// Every kernel is a module of its own; what several of them call is printed once here.",
    ...declared.values(),
    ...libraryCode(library),
    ...printed.map(({ heading, lines }) => [...heading, ...lines].join("\n")),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function rank({ memory }: Printed): number {
  return memory.atomic ? 1 : 0;
}

interface Printed {
  readonly heading: readonly string[];
  readonly lines: readonly string[];
  readonly library: ReadonlySet<LibraryName>;
  readonly memory: Memory;
  /** Whether it reads the counters of loops. */
  readonly counters: boolean;
  readonly workgroups: readonly [number, number, number];
}

function printShader(plan: Plan, kernel: Kernel, settings: WebgpuSettings, entry: string): Printed {
  const memory = createMemory(storesParts(kernel, plan.places), settings.segmentBytes);
  const printer = createPrinter(plan.places, memory);
  const points = extentOf(pointAxes(kernel));
  const workgroups = spread(Math.ceil(points / workgroupSize), settings.workgroups);
  // Nothing may be divided by an extent of 0, not even in a shader that never runs.
  const body = points === 0 ? [] : scopeLines(printBody(printer, kernel, pointText(workgroups)));
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
    library: printer.used,
    memory,
    counters: printer.counts(),
    workgroups,
  };
}

/** So many workgroups in three dimensions, of which none has more than `most`. */
function spread(count: number, most: number): readonly [number, number, number] {
  if (count === 0) return [0, 0, 0];
  const x = Math.min(count, most);
  const y = Math.min(Math.ceil(count / x), most);
  return [x, y, Math.ceil(count / (x * y))];
}

/** The number of the invocation among those of all workgroups. */
function pointText([x, y, z]: readonly [number, number, number]): string {
  const row = x * workgroupSize;
  if (z > 1) return `(i32(id.z) * ${y} + i32(id.y)) * ${row} + i32(id.x)`;
  return y > 1 ? `i32(id.y) * ${row} + i32(id.x)` : "i32(id.x)";
}

function tooManySegments(kernel: Kernel, { bindings }: WebgpuSettings): DeviceRefusal {
  const place = kernel.origins[0] ? { place: formatSpan(kernel.origins[0].span) } : {};
  return new DeviceRefusal(
    `the kernel ${kernel.name} reads and writes more than the ${bindings} buffers that this GPU binds at once`,
    { ...place, help: "take a smaller batch (--set batch=…), or the device wasm" },
  );
}

/** Paths and names are the user's: a comment must not be left through a line break. */
function commentText(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._:/<>+|·-]/gu, "?");
}
