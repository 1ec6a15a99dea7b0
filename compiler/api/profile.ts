// Where the time of a training step goes: every kernel timed by itself over some steps, and summed by source line.

import type { KernelInfo } from "../../runtime/artifact.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import type { Batch } from "../../runtime/train/plan.ts";
import type { TrainingUnit } from "../elaborate/unit.ts";
import { deviceOptions, type DeviceOptions } from "./device.ts";
import { openTraining, type OpenedTraining } from "./train.ts";

export interface ProfileOptions extends DeviceOptions {
  readonly dataHost: DataHost;
  /** Steps that are timed at most; after ten seconds no new one begins. */
  readonly steps?: number;
  /** Place of the phase that is profiled; the first where absent. */
  readonly phase?: number;
}

/** Work of one step: of a kernel with all its runs, or of a source line. */
export interface Work {
  /** Least time of all steps. */
  readonly ms: number;
  readonly flops: number;
  /** Read and written; what a kernel reads several times counts once. */
  readonly bytes: number;
}

export interface ProfiledKernel extends Work {
  readonly index: number;
  readonly name: string;
  readonly kind: KernelInfo["kind"];
  /** Runs in one step. */
  readonly runs: number;
  /** Where it comes from first; a fused kernel has further origins. */
  readonly place: string;
  readonly role: string;
  readonly blocks: readonly string[];
  /** Other source lines, or the same in another role, whose work it does as well. */
  readonly others: readonly string[];
}

export interface ProfiledLine extends Work {
  /** `forward`, `backward` or `update`. */
  readonly role: string;
  /** `file:line`. */
  readonly place: string;
  readonly kernels: number;
  readonly others: readonly string[];
}

/** One run of a kernel, in milliseconds since the start of its step. */
export interface Span {
  readonly kernel: number;
  readonly start: number;
  readonly end: number;
}

export interface Profile {
  readonly training: string;
  /** In a training with phases. */
  readonly phase?: string;
  readonly device: string;
  readonly batch: number;
  /** Steps that were timed. */
  readonly steps: number;
  /** Least time of a whole step that nobody watches. */
  readonly step_ms: number;
  /** Least time to read and prepare a batch. */
  readonly batch_ms: number;
  readonly planned_bytes: number;
  readonly kernels: readonly ProfiledKernel[];
  /** Forward, backward, update; in each by place. */
  readonly lines: readonly ProfiledLine[];
  /** The steps one after another, for a trace. */
  readonly traced: readonly { readonly ms: number; readonly spans: readonly Span[] }[];
}

const roles = ["forward", "backward", "update"];
const longest = 10_000;

/** Trains for some steps on the first batches, keeping nothing. */
export async function profile(unit: TrainingUnit, options: ProfileOptions): Promise<Profile> {
  const { dataHost } = options;
  const opened = await openTraining(unit, {
    dataHost,
    ...deviceOptions(options),
  });
  try {
    const index = options.phase ?? 0;
    const { batch, ms } = await readBatch(opened, index);
    const timed = await timeSteps(opened, batch, options.steps ?? 10, index);
    const { runner } = opened;
    const program = runner.compiled("train", batch.size, index);
    const name = opened.plan.phases[index]?.name ?? "";
    const kernels = program.kernels.map((info, index) =>
      kernelOf(
        info,
        index,
        timed.steps.map((step) => step.spans),
      ),
    );
    return {
      training: unit.name,
      ...(name === "" ? {} : { phase: name }),
      device: runner.device,
      batch: batch.size,
      steps: timed.steps.length,
      step_ms: timed.whole,
      batch_ms: ms,
      planned_bytes: opened.plan.plannedBytes,
      kernels,
      lines: linesOf(kernels),
      traced: timed.steps,
    };
  } finally {
    await opened.close();
  }
}

/** A whole batch, and the least time that one of the first took. */
async function readBatch(
  { data, plan }: OpenedTraining,
  phase: number,
): Promise<{ batch: Batch; ms: number }> {
  const batch = plan.phases[phase]?.batch ?? 1;
  let last: Batch | undefined;
  let ms = Infinity;
  let start = performance.now();
  let count = 0;
  const pass = { epoch: 0, batch, from: 0, training: true };
  for await (const read of data.source.batches("train", pass)) {
    if (read.size < batch) break;
    ms = Math.min(ms, performance.now() - start);
    // The source uses its arrays again.
    const inputs = Object.entries(read.inputs).map(([name, values]) => [name, values.slice()]);
    last = { ...read, inputs: Object.fromEntries(inputs) };
    count += 1;
    if (count === 3) break;
    start = performance.now();
  }
  if (!last) throw new UserError("the data give no whole batch");
  return { batch: last, ms };
}

interface Timed {
  readonly whole: number;
  readonly steps: Profile["traced"];
}

/** Steps that are watched and steps that are not take turns, so that both meet the same machine. */
async function timeSteps(
  { runner, unit, plan, data }: OpenedTraining,
  batch: Batch,
  count: number,
  phase: number,
): Promise<Timed> {
  const { session } = runner;
  const name = await runner.program("train", batch.size, phase, batch.lengths);
  runner.beginPhase(phase);
  const perEpoch = Math.ceil((data.source.counts["train"] ?? batch.size) / batch.size);
  const scalars = {
    $seed: unit.seed,
    $draw: 0,
    $step: 0,
    $steps: perEpoch * (plan.phases[phase]?.epochs ?? 1),
    $epoch: 0,
  };
  const inputs = { ...batch.inputs, ...scalars };
  const run = async (spans?: Span[]): Promise<number> => {
    const start = performance.now();
    const watch = (_: KernelInfo, kernel: number, from: number, to: number): void =>
      void spans?.push({ kernel, start: from - start, end: to - start });
    if (spans) await session.inspect(name, inputs, { watch });
    else session.run(name, inputs);
    await session.output(name, "loss");
    inputs.$draw += 1;
    inputs.$step += 1;
    return performance.now() - start;
  };
  const begun = performance.now();
  const isLate = (): boolean => performance.now() - begun > longest;
  // The engine optimises what ran often.
  for (let i = 0; i < 3 && performance.now() - begun < longest / 5; i++) await run([]);
  let whole = Infinity;
  const steps: { ms: number; spans: readonly Span[] }[] = [];
  while (steps.length < count && (steps.length === 0 || !isLate())) {
    whole = Math.min(whole, await run());
    const spans: Span[] = [];
    steps.push({ ms: await run(spans), spans });
  }
  return { whole, steps };
}

function kernelOf(
  info: KernelInfo,
  index: number,
  steps: readonly (readonly Span[])[],
): ProfiledKernel {
  const mine = steps.map((spans) => spans.filter((span) => span.kernel === index));
  const runs = mine[0]?.length ?? 0;
  const sums = mine.map((spans) => spans.reduce((sum, { start, end }) => sum + end - start, 0));
  const [first, ...rest] = info.origins.map(({ place, role }) => `${lineOf(place)} ${role}`);
  const [origin] = info.origins;
  return {
    index,
    name: info.name,
    kind: info.kind,
    runs,
    ms: Math.min(...sums),
    flops: runs * info.flops,
    bytes: runs * (info.bytesRead + info.bytesWritten),
    place: origin?.place ?? "",
    role: origin?.role ?? "forward",
    blocks: origin?.blocks ?? [],
    others: [...new Set(rest)].filter((text) => text !== first),
  };
}

/** `file:line` of `file:line:column`. */
function lineOf(place: string): string {
  return place.replace(/:\d+$/, "");
}

function linesOf(kernels: readonly ProfiledKernel[]): ProfiledLine[] {
  const groups = new Map<string, ProfiledKernel[]>();
  for (const kernel of kernels) {
    if (kernel.runs === 0) continue;
    const key = `${lineOf(kernel.place)} ${kernel.role}`;
    groups.set(key, [...(groups.get(key) ?? []), kernel]);
  }
  const lines = [...groups].map(([key, members]): ProfiledLine => {
    const total = (of: (kernel: ProfiledKernel) => number): number =>
      members.reduce((sum, kernel) => sum + of(kernel), 0);
    return {
      role: members[0]?.role ?? "",
      place: lineOf(members[0]?.place ?? ""),
      ms: total((kernel) => kernel.ms),
      flops: total((kernel) => kernel.flops),
      bytes: total((kernel) => kernel.bytes),
      kernels: members.length,
      others: [...new Set(members.flatMap((kernel) => kernel.others))].filter((o) => o !== key),
    };
  });
  return lines.sort(
    (a, b) =>
      roles.indexOf(a.role) - roles.indexOf(b.role) ||
      a.place.localeCompare(b.place, "en", { numeric: true }),
  );
}
