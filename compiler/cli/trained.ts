// Options and opening of a trained model: the weights of a run folder, and perhaps other data.

import type { Command } from "commander";

import { UserError } from "../../runtime/errors.ts";
import { fittedPaths } from "../api/data.ts";
import { openTraining, type OpenedTraining, type Snapshot } from "../api/train.ts";
import type { DataHost } from "../../runtime/host.ts";
import type { DataUnit, TrainingUnit } from "../elaborate/unit.ts";
import { chooseTraining } from "./choose.ts";
import { loadWeights } from "./checkpoints.ts";
import { formatSeconds, type Context } from "./context.ts";
import { addDeviceOptions, readDeviceFlags, type DeviceFlags } from "./device.ts";
import { addFileOptions, openFile, type FileOptions } from "./open.ts";
import { findRunFolder } from "./run-folder.ts";

export interface TrainedFlags extends FileOptions, DeviceFlags {
  readonly training?: string;
  readonly run?: string;
  readonly on?: string;
  readonly split?: string;
}

export function addTrainedOptions(command: Command): Command {
  return addDeviceOptions(addFileOptions(command))
    .option("--training <name>", "which training, if the file has several")
    .option("--run <folder>", "the run whose weights are used (default: the newest)")
    .option("--on <data>", "another data declaration of the file, with the same fields")
    .option("--split <split>", "train, validation or test (default: test, else the next there is)");
}

/** The split that was asked for; without one `test`, where the data have it, else `validation`, else `train`. */
export function chooseSplit({ data }: OpenedTraining, asked: string | undefined): string {
  const { counts } = data.source;
  const there = Object.keys(counts).filter((name) => (counts[name] ?? 0) > 0);
  if (asked === undefined) {
    return ["test", "validation"].find((name) => there.includes(name)) ?? "train";
  }
  if (!there.includes(asked)) {
    throw new UserError(`the data have no split \`${asked}\``, {
      help: `choose one: ${there.map((name) => `--split ${name}`).join(" or ")}`,
    });
  }
  return asked;
}

/** What a run fitted to its data, under the names of other data: they are measured by what was fitted in training. */
function fittedFor(
  other: DataUnit,
  trained: DataUnit,
  tensors: Snapshot["tensors"],
): Snapshot["tensors"] {
  const renamed = new Map(tensors);
  for (const path of fittedPaths(trained)) {
    const tensor = tensors.get(path);
    if (tensor) renamed.set(other.name + path.slice(trained.name.length), tensor);
  }
  for (const path of fittedPaths(other)) {
    if (renamed.has(path)) continue;
    throw new UserError(`${path} was not fitted in training`, {
      place: other.spec.place,
      help: `let ${other.name} extend the training's data: data ${other.name} = ${trained.name} { … }`,
    });
  }
  return renamed;
}

/** Opens a training with the weights of a run. */
export async function openTrained(
  context: Context,
  name: string,
  flags: TrainedFlags,
): Promise<OpenedTraining> {
  const { file, dataHost } = openFile(context, name, flags);
  const unit = chooseTraining(file, flags.training);
  const other = flags.on === undefined ? undefined : file.data(flags.on);
  return openWithWeights(context, unit, { dataHost, flags, ...(other ? { other } : {}) });
}

/** Opens a training of a file with the weights of a run; over other data, if such are given. */
export async function openWithWeights(
  context: Context,
  unit: TrainingUnit,
  {
    dataHost,
    flags,
    other,
    compile = true,
  }: {
    readonly dataHost: DataHost;
    readonly flags: DeviceFlags & Pick<TrainedFlags, "run">;
    readonly other?: DataUnit;
    /** Whether the programs of training and evaluation are wanted. */
    readonly compile?: boolean;
  },
): Promise<OpenedTraining> {
  const folder = findRunFolder(context.cwd, unit.name, flags.run, "--run");
  const snapshot = await loadWeights(folder, (text) => context.error(`warning: ${text}\n`));
  if (other) {
    const lacking = unit.data.fields.filter(
      (field) => !other.fields.some((own) => own.name === field.name),
    );
    if (lacking.length > 0) {
      throw new UserError(
        `${other.name} lacks the field ${lacking.map((f) => f.name).join(", ")}`,
        {
          place: other.spec.place,
        },
      );
    }
  }
  const opened = await openTraining(other ? { ...unit, data: other } : unit, {
    dataHost,
    ...readDeviceFlags(context, flags),
    trainedOn: unit.data.name,
    compile,
    resume: other
      ? { ...snapshot, tensors: fittedFor(other, unit.data, snapshot.tensors) }
      : snapshot,
  });
  // For somebody who waits; who reads a file of errors wants no times in it.
  if (context.interactive && opened.compileSeconds > 1) {
    context.error(`compiled in ${formatSeconds(opened.compileSeconds)}\n`);
  }
  const missing = opened.runner.tensors.find(
    (spec) => spec.role === "parameter" && !snapshot.tensors.has(spec.path),
  );
  if (missing) {
    await opened.close();
    throw new UserError(`the run in ${folder} has no parameter ${missing.path}`, {
      help: "it belongs to another model or to other settings (--set …)",
    });
  }
  return opened;
}
