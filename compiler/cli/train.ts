// `dlmc train`: trains, shows how it goes, keeps a run folder that can be resumed.

import path from "node:path";

import { Option } from "commander";

import { UserError } from "../../runtime/errors.ts";
import { listCheckpoints } from "../../runtime/node/checkpoints.ts";
import { chooseTraining, quoteWord } from "./choose.ts";
import { loadSnapshot } from "./checkpoints.ts";
import type { CommandModule } from "./commands.ts";
import type { Context } from "./context.ts";
import {
  addDeviceOptions,
  addPrecisionOption,
  checkPrecision,
  deviceWords,
  type DeviceFlags,
} from "./device.ts";
import { runFolds } from "./folds.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";
import { runFindRate, runOverfit } from "./probe.ts";
import { reportName } from "./report.ts";
import { chooseRunFolder, findRunFolder, hasCheckpoint } from "./run-folder.ts";
import { runTrainingIn } from "./run-training.ts";
import { createView } from "./training-view.ts";

interface TrainFlags extends FileOptions, DeviceFlags {
  readonly training?: string;
  readonly out?: string;
  readonly resume?: string | true;
  readonly log: "auto" | "plain" | "json";
  readonly checkNumerics?: boolean;
  readonly report: boolean;
  readonly findLr?: boolean;
  readonly overfit?: boolean;
}

export const define: CommandModule["define"] = (command, run) => {
  addPrecisionOption(addDeviceOptions(addFileOptions(command)))
    .option("--training <name>", "which training, if the file has several")
    .option("--out <folder>", "the run folder (default: runs/<training>-<n>)")
    .option("--resume [folder]", "go on with an interrupted run (default: the newest)")
    .addOption(
      new Option("--log <form>", "how progress is told")
        .choices(["auto", "plain", "json"])
        .default("auto"),
    )
    .option("--find-lr", "try rising learning rates for a few steps, suggest one, train nothing")
    .option("--overfit", "whether one batch can be learnt by heart; train nothing else")
    .option("--no-report", `write no ${reportName} into the run folder`)
    .option("--check-numerics", "stop at the first NaN or infinity and name its source line");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<TrainFlags>();
    return withDiagnostics(context, flags, async () => {
      await checkPrecision(flags);
      if (flags.findLr) return runFindRate(context, name, flags);
      if (flags.overfit) return runOverfit(context, name, flags);
      return runTrain(context, name, flags);
    });
  });
};

async function runTrain(context: Context, name: string, flags: TrainFlags): Promise<number> {
  const opened = openFile(context, name, flags);
  const unit = chooseTraining(opened.file, flags.training);
  const resuming = flags.resume !== undefined;
  const asked = flags.resume === true || flags.resume === undefined ? flags.out : flags.resume;
  const folder = resuming
    ? findRunFolder(context.cwd, unit.name, asked, "--resume")
    : chooseRunFolder(context.cwd, unit.name, asked);
  // A cross-validation may have been stopped in one of its folds.
  const hasOwn =
    unit.data.spec.split.kind !== "kfold" || (resuming && listCheckpoints(folder).length > 0);
  const resume =
    resuming && hasOwn
      ? await loadSnapshot(folder, (text) => context.error(`warning: ${text}\n`))
      : undefined;
  const shown = path.relative(context.cwd, folder) || ".";
  const view = createView(context, flags.log);
  const parts = { name, opened, unit, flags, folder, ...(resume ? { resume } : {}) };
  const { split } = unit.data.spec;
  try {
    const finished =
      split.kind === "kfold"
        ? await runFolds(context, parts, split.k, {
            show: (event) => view.show(event),
            fold: (text) => (flags.log === "json" ? undefined : context.out(`${text}\n`)),
          })
        : (
            await runTrainingIn(context, {
              ...parts,
              onEvent: (event) => view.show(event),
              onLast: () => view.close(),
            })
          ).finished;
    view.close();
    // Beside JSON lines, sentences go to standard error.
    const say = flags.log === "json" ? context.error : context.out;
    if (!finished) {
      say(`saved in ${shown}; go on with: ${resumeCommand(name, shown, flags)}\n`);
    } else if (flags.log !== "json") {
      const report = flags.report ? `, its report is ${path.join(shown, reportName)}` : "";
      say(`the run is in ${shown}${report}\n`);
    }
    return finished ? 0 : 130;
  } catch (thrown) {
    if (!isDiskTrouble(thrown) || !hasCheckpoint(folder)) throw thrown;
    const way = `${thrown.help ?? "mend the disk"}; the last checkpoint is whole, so then go on with: ${resumeCommand(name, shown, flags)}`;
    throw new UserError(thrown.message, { help: way, cause: thrown.cause });
  } finally {
    view.close();
  }
}

/** What ends a run without being a fault of it: going on from the last checkpoint helps. */
function isDiskTrouble(thrown: unknown): thrown is UserError {
  if (!(thrown instanceof UserError) || !(thrown.cause instanceof Error)) return false;
  return "code" in thrown.cause && ["ENOSPC", "EDQUOT", "EIO"].includes(String(thrown.cause.code));
}

function resumeCommand(name: string, folder: string, flags: TrainFlags): string {
  const words = ["dlmc", "train", name];
  if (flags.training !== undefined) words.push("--training", flags.training);
  for (const set of flags.set ?? []) words.push("--set", set);
  words.push(...deviceWords(flags));
  if (flags.readAnywhere) words.push("--read-anywhere");
  words.push("--resume", folder);
  return words.map(quoteWord).join(" ");
}
