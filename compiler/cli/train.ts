// `dlmc train`: trains, shows how it goes, keeps a run folder that can be resumed.

import path from "node:path";

import { Option } from "commander";

import type { TrainingEvent } from "../../runtime/train/events.ts";
import { writeManifest } from "../../runtime/node/manifest.ts";
import { train } from "../api/train.ts";
import { chooseTraining, quoteWord } from "./choose.ts";
import { bestStore, loadSnapshot, saveSnapshot } from "./checkpoints.ts";
import type { CommandModule } from "./commands.ts";
import type { Context } from "./context.ts";
import { addDeviceOptions, deviceWords, readDeviceFlags, type DeviceFlags } from "./device.ts";
import { collectGarbage } from "./memory.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";
import { reportName, writeReport } from "./report.ts";
import { appendLog, chooseRunFolder, findRunFolder, makeRunFolder } from "./run-folder.ts";
import { createView } from "./training-view.ts";
import { version } from "./version.ts";

interface TrainFlags extends FileOptions, DeviceFlags {
  readonly training?: string;
  readonly out?: string;
  readonly resume?: string | true;
  readonly log: "auto" | "plain" | "json";
  readonly checkNumerics?: boolean;
  readonly report: boolean;
}

export const define: CommandModule["define"] = (command, run) => {
  addDeviceOptions(addFileOptions(command))
    .option("--training <name>", "which training, if the file has several")
    .option("--out <folder>", "the run folder (default: runs/<training>-<n>)")
    .option("--resume [folder]", "go on with an interrupted run (default: the newest)")
    .addOption(
      new Option("--log <form>", "how progress is told")
        .choices(["auto", "plain", "json"])
        .default("auto"),
    )
    .option("--no-report", `write no ${reportName} into the run folder`)
    .option("--check-numerics", "stop at the first NaN or infinity and name its source line");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<TrainFlags>();
    return withDiagnostics(context, flags, () => runTrain(context, name, flags));
  });
};

async function runTrain(context: Context, name: string, flags: TrainFlags): Promise<number> {
  const { file, dataHost } = openFile(context, name, flags);
  const unit = chooseTraining(file, flags.training);
  const resuming = flags.resume !== undefined;
  const asked = flags.resume === true || flags.resume === undefined ? flags.out : flags.resume;
  const folder = resuming
    ? findRunFolder(context.cwd, unit.name, asked, "--resume")
    : chooseRunFolder(context.cwd, unit.name, asked);
  const resume = resuming
    ? await loadSnapshot(folder, (text) => context.error(`warning: ${text}\n`))
    : undefined;
  const shown = path.relative(context.cwd, folder) || ".";
  const view = createView(context, flags.log);
  const onEvent = (event: TrainingEvent): void => {
    appendLog(folder, event);
    view.show(event);
  };
  try {
    const result = await train(unit, {
      dataHost,
      ...readDeviceFlags(context, flags),
      signal: context.signal,
      onEvent,
      checkNumerics: flags.checkNumerics ?? false,
      save: (snapshot) => saveSnapshot(folder, snapshot),
      best: bestStore(folder),
      ...(resume ? { resume } : {}),
      onDone: async (opened, { finished }) => {
        view.close();
        if (!flags.report) return;
        await writeReport(folder, opened, { signal: context.signal, finished });
      },
      onReady: ({ data, runner, fingerprint }) => {
        makeRunFolder(folder);
        writeManifest(folder, {
          file: name,
          training: unit.name,
          model: unit.model.name,
          settings: unit.settings,
          sets: flags.set ?? [],
          seed: unit.seed,
          device: runner.device,
          threads: runner.wasm?.threads ?? 1,
          fused: runner.wasm?.relaxed ?? false,
          version: version(),
          node: process.version,
          sources: file.sources,
          data: {
            name: unit.data.name,
            fingerprint: data.dataset.fingerprint,
            files: data.dataset.files,
          },
          fingerprint,
        });
        context.catchInterrupts();
        collectGarbage();
      },
    });
    view.close();
    // Beside JSON lines, sentences go to standard error.
    const say = flags.log === "json" ? context.error : context.out;
    if (!result.finished) {
      say(`saved in ${shown}; go on with: ${resumeCommand(name, shown, flags)}\n`);
    } else if (flags.log !== "json") {
      const report = flags.report ? `, its report is ${path.join(shown, reportName)}` : "";
      say(`the run is in ${shown}${report}\n`);
    }
    return result.finished ? 0 : 130;
  } finally {
    view.close();
  }
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
