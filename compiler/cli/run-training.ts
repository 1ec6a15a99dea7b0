// One run of a training in its folder: log, manifest, checkpoints, best weights, report.

import path from "node:path";

import { tokenizerJson } from "../../runtime/data/text/tokenizer-json.ts";
import type { Vocabulary } from "../../runtime/data/text/vocabulary.ts";
import { DeviceLost } from "../../runtime/devices/webgpu/health.ts";
import { writeAtomically } from "../../runtime/node/files.ts";
import { listCheckpoints } from "../../runtime/node/checkpoints.ts";
import type { TrainingEvent } from "../../runtime/train/events.ts";
import type { TrainingResult } from "../../runtime/train/loop.ts";
import { writeManifest } from "../../runtime/node/manifest.ts";
import { train, type Snapshot } from "../api/train.ts";
import type { TrainingUnit } from "../elaborate/unit.ts";
import { bestStore, loadSnapshot, saveSnapshot } from "./checkpoints.ts";
import type { Context } from "./context.ts";
import { readDeviceFlags, type DeviceFlags } from "./device.ts";
import { collectGarbage } from "./memory.ts";
import type { FileOptions, OpenedFile } from "./open.ts";
import { writeReport } from "./report.ts";
import { appendLog, makeRunFolder } from "./run-folder.ts";
import { version } from "./version.ts";

export interface RunFlags extends FileOptions, DeviceFlags {
  readonly checkNumerics?: boolean;
  readonly report?: boolean;
}

export interface RunParts {
  /** As the user named it. */
  readonly name: string;
  readonly opened: OpenedFile;
  readonly unit: TrainingUnit;
  readonly flags: RunFlags;
  readonly folder: string;
  readonly resume?: Snapshot;
  readonly fold?: number;
  readonly stopAfter?: number;
  /** Also hears every event, beside the log. */
  readonly onEvent: (event: TrainingEvent) => void;
  /** Called after the last step, before the report is made. */
  readonly onLast?: () => void;
}

/** Times in a row that a GPU may be lost before a run gives up: where it got nowhere in between. */
const mostLosses = 3;

/** Runs a training to its end or its interruption. Where the GPU is lost on the way, it goes on from the last checkpoint
 *  on a new device. */
export async function runTrainingIn(context: Context, parts: RunParts): Promise<TrainingResult> {
  const { folder } = parts;
  let { resume } = parts;
  for (let losses = 1; ; losses++) {
    try {
      return await runOnce(context, { ...parts, ...(resume ? { resume } : {}) });
    } catch (thrown) {
      if (!(thrown instanceof DeviceLost)) throw thrown;
      const next =
        listCheckpoints(folder).length > 0
          ? await loadSnapshot(folder, (text) => context.error(`warning: ${text}\n`))
          : undefined;
      const step = next?.position.step ?? 0;
      if (step > (resume?.position.step ?? 0)) losses = 1;
      if (losses > mostLosses) throw thrown;
      const from = step > 0 ? `from the checkpoint after step ${step}` : "from the start";
      context.error(`warning: ${thrown.message}; the run goes on ${from}, on a new device\n`);
      resume = next;
    }
  }
}

function runOnce(context: Context, parts: RunParts): Promise<TrainingResult> {
  const { name, opened, unit, flags, folder, resume, fold, stopAfter } = parts;
  return train(unit, {
    dataHost: opened.dataHost,
    ...readDeviceFlags(context, flags),
    signal: context.signal,
    onEvent: (event) => {
      appendLog(folder, event);
      parts.onEvent(event);
    },
    checkNumerics: flags.checkNumerics ?? false,
    save: (snapshot) => saveSnapshot(folder, snapshot),
    best: bestStore(folder),
    ...(resume ? { resume } : {}),
    ...(fold === undefined ? {} : { fold }),
    ...(stopAfter === undefined ? {} : { stopAfter }),
    onDone: async (done, { finished }) => {
      parts.onLast?.();
      if (flags.report === false) return;
      await writeReport(folder, done, { signal: context.signal, finished });
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
        precision: flags.precision ?? "f32",
        version: version(),
        node: process.version,
        sources: opened.file.sources,
        data: {
          name: unit.data.name,
          fingerprint: data.dataset.fingerprint,
          files: data.dataset.files,
        },
        fingerprint,
      });
      writeTokenizers(folder, data.dataset.vocabularies);
      context.catchInterrupts();
      collectGarbage();
    },
  });
}

/** Tokenisers of merged bytes in the form that others read; the run itself has them in its checkpoints. */
function writeTokenizers(folder: string, vocabularies: ReadonlyMap<string, Vocabulary>): void {
  for (const [name, { bpe }] of vocabularies) {
    if (!bpe) continue;
    const file = path.join(folder, `${name}.tokenizer.json`);
    writeAtomically(file, `${JSON.stringify(tokenizerJson(bpe), null, 1)}\n`);
  }
}
