// A plan as WebGPU shaders: one module and one dispatch a kernel.

import { formatSpan } from "../../../grammar/source.ts";
import { DeviceRefusal } from "../../../runtime/errors.ts";
import type { Code, WebgpuKernel, WebgpuSettings } from "../../../runtime/artifact.ts";
import type { Kernel, Plan } from "../../schedule/kernel.ts";
import { createPrinter } from "./expression.ts";
import { printKernel } from "./kernels.ts";
import { libraryCode, type LibraryName } from "./library.ts";
import { createMemory, storesParts, type Declaration, type Memory } from "./memory.ts";
import type { Workgroups } from "./points.ts";
import type { TileName } from "./tiles.ts";

/** `tile` forces a variant on all contractions, for tests. */
export function emitWebgpu(plan: Plan, settings: WebgpuSettings, tile?: TileName): Code {
  const { segmentBytes } = settings;
  return { target: "webgpu", kernels: printShaders(plan, settings, tile), segmentBytes };
}

/** The plan's kernels in their order. */
function printShaders(
  plan: Plan,
  settings: WebgpuSettings,
  tile: TileName | undefined,
): WebgpuKernel[] {
  return plan.kernels.map((kernel) => {
    // Kernels that differ in their names alone are one pipeline.
    const entry = "main";
    const printed = printShader(plan, kernel, settings, entry, tile);
    const { lines, library, memory, counters, workgroups } = printed;
    const segments = memory.segments.length === 0 ? [0] : [...memory.segments];
    if (segments.length > settings.bindings) throw tooManySegments(kernel, settings);
    const declared = [...memory.code(), ...(counters ? [counterCode] : [])];
    const texts = declared.map(({ text }) => text);
    const code = [...directives(printed), ...texts, ...libraryCode(library), ...lines, ""].join(
      "\n",
    );
    return { code, entry, workgroups, segments, counters };
  });
}

/** What a module asks for before everything else. */
function directives({ halves }: Printed): readonly string[] {
  return halves ? ["enable f16;"] : [];
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
    ...new Set(printed.flatMap(directives)),
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
  /** Whether it has numbers of 16 bits. */
  readonly halves: boolean;
  readonly workgroups: Workgroups;
}

function printShader(
  plan: Plan,
  kernel: Kernel,
  settings: WebgpuSettings,
  entry: string,
  tile?: TileName,
): Printed {
  const memory = createMemory(storesParts(kernel, plan.places), settings.segmentBytes);
  const printer = createPrinter(plan.places, memory);
  const { body, parameters, size, workgroups, shared, halves } = printKernel(
    printer,
    kernel,
    plan.places,
    settings,
    tile,
  );
  const place = kernel.origins[0] ? commentText(formatSpan(kernel.origins[0].span)) : "";
  const title = `// ${commentText(kernel.name)}  ${place}`.trimEnd();
  return {
    heading: memory.atomic
      ? [title, "// stores parts of words: memory is array<atomic<u32>>"]
      : [title],
    lines: [
      ...shared,
      `@compute @workgroup_size(${size})`,
      `fn ${entry}(${parameters}) {`,
      ...body.map((line) => `  ${line}`),
      "}",
    ],
    library: printer.used,
    memory,
    counters: printer.counts(),
    halves: halves ?? false,
    workgroups,
  };
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
