// `dlmc profile`: where the time of a training step goes, line by line of the source, and a trace for Chrome.

import path from "node:path";

import { writeAtomically } from "../../runtime/node/files.ts";
import { profile, type Profile, type ProfiledLine, type Work } from "../api/profile.ts";
import { choosePhase, chooseTraining, phaseNote, positiveWhole } from "./choose.ts";
import type { CommandModule } from "./commands.ts";
import { formatBytes, formatCount, type Context } from "./context.ts";
import {
  addDeviceOptions,
  addPrecisionOption,
  checkPrecision,
  readDeviceFlags,
  type DeviceFlags,
} from "./device.ts";
import { measureLimits, type Limits } from "./limits.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";
import { formatTable } from "./table.ts";
import { chromeTrace } from "./trace.ts";

interface ProfileFlags extends FileOptions, DeviceFlags {
  readonly training?: string;
  readonly phase?: string;
  readonly steps: string;
  readonly kernels?: boolean;
  readonly json?: boolean;
  readonly trace?: string;
}

export const define: CommandModule["define"] = (command, run) => {
  addPrecisionOption(addDeviceOptions(addFileOptions(command)))
    .option("--training <name>", "which training, if the file has several")
    .option("--phase <name>", "which phase of the training (default: the first)")
    .option("--steps <n>", "steps that are timed at most", "10")
    .option("--kernels", "a row a kernel in the place of a row a source line")
    .option("--json", "print it as JSON")
    .option("--trace <file>", "also write a trace that chrome://tracing and Perfetto show");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<ProfileFlags>();
    return withDiagnostics(context, flags, () => runProfile(context, name, flags));
  });
};

async function runProfile(context: Context, name: string, flags: ProfileFlags): Promise<number> {
  const steps = positiveWhole("--steps", flags.steps);
  await checkPrecision(flags);
  const { file, dataHost } = openFile(context, name, flags);
  const unit = chooseTraining(file, flags.training);
  const phase = choosePhase(unit, flags.phase);
  context.error(phaseNote(unit, phase, flags.phase));
  const found = await profile(unit, {
    dataHost,
    ...readDeviceFlags(context, flags),
    steps,
    phase,
  });
  // What a core can do says nothing of a GPU.
  const limits = found.device === "webgpu" ? undefined : measureLimits();
  if (flags.trace !== undefined) {
    writeAtomically(path.resolve(context.cwd, flags.trace), chromeTrace(found));
  }
  if (flags.json) {
    const { traced: _, ...rest } = found;
    context.out(`${JSON.stringify({ ...rest, ...(limits ? { limits } : {}) }, null, 2)}\n`);
    return 0;
  }
  const source = { path: file.path, lines: file.text.split("\n") };
  const rows = flags.kernels ? kernelRows(found, limits) : lineRows(found, limits, source);
  context.out(`${[...headLines(found, limits), "", ...rows].join("\n")}\n`);
  return 0;
}

function headLines(found: Profile, limits: Limits | undefined): string[] {
  const alone = sumOf(found.kernels).ms;
  return [
    `${found.training}${found.phase === undefined ? "" : `, phase ${found.phase}`}: a step with batch ${found.batch} on ${found.device} takes ${milliseconds(found.step_ms)} ms, its kernels one by one ${milliseconds(alone)} ms (best of ${found.steps})`,
    `reading a batch takes ${milliseconds(found.batch_ms)} ms; ${formatBytes(found.planned_bytes)} planned`,
    ...(limits
      ? [
          `limit of one core: ${limits.gflops.toFixed(1)} GFLOP/s (128-bit ${limits.kind}), ${limits.gbytes.toFixed(0)} GB/s from memory`,
        ]
      : []),
  ];
}

interface Source {
  readonly path: string;
  readonly lines: readonly string[];
}

function measures(limits: Limits | undefined): string[] {
  const known = ["ms", "share", "FLOPs", "GFLOP/s", "bytes", "GB/s"];
  return limits ? [...known, "of limit"] : known;
}

/** Time, share of the step, work and speed; `of limit`: the least time that the machine needs for it, in the time it took. */
function measuresOf(work: Work, whole: number, limits: Limits | undefined): string[] {
  const { ms, flops, bytes } = work;
  return [
    milliseconds(ms),
    percent(ms / whole),
    formatCount(flops),
    rate(flops / ms / 1e6),
    formatBytes(bytes),
    rate(bytes / ms / 1e6),
    ...(limits ? [percent(Math.max(flops / limits.gflops, bytes / limits.gbytes) / 1e6 / ms)] : []),
  ];
}

/** A part for each role, with its sum, and the sum of all. */
function lineRows(found: Profile, limits: Limits | undefined, source: Source): string[] {
  const whole = sumOf(found.lines);
  const rows: string[][] = [];
  const row = (title: string, work: Work, text = ""): void =>
    void rows.push([title, ...measuresOf(work, whole.ms, limits), text]);
  for (const role of new Set(found.lines.map((line) => line.role))) {
    const lines = found.lines.filter((line) => line.role === role);
    row(role, sumOf(lines));
    for (const line of lines) row(`  ${placeText(line, source)}`, line, sourceText(line, source));
  }
  row("all", whole);
  const heads = measures(limits);
  return formatTable(["", ...heads, ""], rows, [false, ...heads.map(() => true), false]);
}

function kernelRows(found: Profile, limits: Limits | undefined): string[] {
  const whole = sumOf(found.kernels);
  const rows = found.kernels.map((kernel) => [
    String(kernel.index),
    ...measuresOf(kernel, whole.ms, limits),
    kernel.role,
    `${kernel.kind} ${kernel.name}${othersText(kernel.others)}`,
  ]);
  rows.push(["all", ...measuresOf(whole, whole.ms, limits), "", ""]);
  const heads = measures(limits);
  return formatTable(["", ...heads, "", ""], rows, [true, ...heads.map(() => true), false, false]);
}

function sumOf(list: readonly Work[]): Work {
  const total = (of: (work: Work) => number): number =>
    list.reduce((sum, each) => sum + of(each), 0);
  return { ms: total((w) => w.ms), flops: total((w) => w.flops), bytes: total((w) => w.bytes) };
}

/** Lines of the file itself go without its name. */
function placeText({ place }: ProfiledLine, source: Source): string {
  const prefix = `${source.path}:`;
  return place.startsWith(prefix) ? place.slice(prefix.length) : place;
}

/** The line as it is written, and how many other lines its kernels work for. */
function sourceText(line: ProfiledLine, source: Source): string {
  if (line.place === "") return "the whole step in one piece";
  const number = placeText(line, source);
  const written = /^\d+$/.test(number) ? (source.lines[Number(number) - 1] ?? "").trim() : "";
  const short = written.length > 60 ? `${written.slice(0, 59)}…` : written;
  return `${short}${othersText(line.others)}`;
}

function othersText(others: readonly string[]): string {
  if (others.length === 0) return "";
  return ` (and ${others.length} other${others.length === 1 ? "" : "s"})`;
}

function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(ms >= 1 ? 2 : 3);
}

function rate(value: number): string {
  return Number.isFinite(value) ? value.toFixed(value < 9.95 ? 1 : 0) : "";
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %` : "";
}
