// `dlmc compile model.dlm -o model.ts`: a module with everything that it needs beside the runtime.

import { readFileSync, statSync } from "node:fs";
import path from "node:path";

import { Option, type Command } from "commander";

import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { UserError } from "../../runtime/errors.ts";
import { fileError, writeAtomically } from "../../runtime/node/files.ts";
import type { Tensor } from "../../runtime/types.ts";
import type { ModelUnit, TrainingUnit } from "../elaborate/unit.ts";
import { moduleData } from "../modules/data.ts";
import { moduleContents, moduleFiles, type ModuleTarget } from "../modules/index.ts";
import { loadWeights } from "./checkpoints.ts";
import { chooseTraining, positiveWhole } from "./choose.ts";
import { formatBytes, type Context } from "./context.ts";
import { openFile, type FileOptions, type OpenedFile } from "./open.ts";
import { version } from "./version.ts";

export interface ModuleFlags {
  readonly out?: string;
  readonly target: string;
  readonly for: "inference" | "training";
  readonly model?: string;
  readonly training?: string;
  readonly batch?: string;
  readonly threads?: string;
  readonly relaxed?: boolean;
  readonly weights?: string;
  readonly embed?: boolean;
  readonly weightsUrl?: string;
  readonly standalone?: boolean;
}

const targets = ["js", "wasm", "webgpu"] as const satisfies readonly ModuleTarget[];

export function addModuleOptions(command: Command): Command {
  return command
    .option("-o, --out <file>", "write a module (.ts, .mts, .js, .mjs), or what --emit prints")
    .option("--target <devices>", "devices of the module, tried from the fastest on", "wasm,js")
    .addOption(
      new Option("--for <use>", "what the module can do")
        .choices(["inference", "training"])
        .default("inference"),
    )
    .option("--model <name>", "a model by itself, without its training's data")
    .option("--training <name>", "which training, if the file has several")
    .option(
      "--batch <sizes>",
      "batch sizes, as 1,16 (default: 1 and 16; for training the training's)",
    )
    .option("--threads <n>", "threads on wasm (default: 1)")
    .option("--relaxed", "multiply and add in one, for engines with relaxed SIMD")
    .option("--weights <path>", "a run folder or a safetensors file whose weights the module has")
    .option("--embed", "hold the weights in the module itself")
    .option("--weights-url <url>", "where the module finds its weights (default: beside it)")
    .option("--standalone", "write the runtime beside the module, so that it needs no package");
}

/** Whether a file's ending asks for a module. */
export function isModuleFile(file: string): boolean {
  return /\.m?[jt]s$/.test(file) && !/\.d\.m?ts$/.test(file);
}

/** Compiles and writes a module and what lies beside it. */
export async function writeModule(
  context: Context,
  name: string,
  flags: FileOptions & ModuleFlags & { readonly out: string },
): Promise<number> {
  const opened = openFile(context, name, flags);
  const out = path.resolve(context.cwd, flags.out);
  const unit = chooseUnit(opened, flags);
  const snapshot =
    flags.weights === undefined ? undefined : await readWeights(context, flags.weights);
  const data =
    "model" in unit
      ? await moduleData(unit.data, {
          dataHost: opened.dataHost,
          seed: unit.seed,
          ...(snapshot ? { fitted: snapshot } : {}),
        })
      : undefined;
  const contents = moduleContents(unit, {
    targets: targetsOf(flags.target),
    batches: batchesOf(flags, unit),
    training: flags.for === "training",
    threads: flags.threads === undefined ? 1 : positiveWhole("--threads", flags.threads),
    relaxed: flags.relaxed ?? false,
    ...(data ? { data } : {}),
    ...(snapshot ? { weights: snapshot } : {}),
  });
  const folder = path.dirname(out);
  const seen = (file: string): string =>
    path.relative(folder, path.resolve(context.cwd, file)).split(path.sep).join("/");
  const files = await moduleFiles(contents, {
    file: path.basename(out),
    heading: heading(
      path.basename(name),
      contents.targets.map(({ place }) => place.device),
      flags,
    ),
    weightsAt:
      flags.weightsUrl === undefined
        ? flags.embed
          ? "embedded"
          : "beside"
        : { address: flags.weightsUrl },
    ...(flags.standalone ? { runtime: "standalone" } : {}),
    pathOf: seen,
    textOf: (file) => textOf(path.resolve(folder, file)),
    format: true,
  });
  for (const [file, content] of files) {
    writeAtomically(path.join(folder, file), content);
    const size = typeof content === "string" ? Buffer.byteLength(content) : content.length;
    context.error(`${path.relative(context.cwd, path.join(folder, file))}  ${formatBytes(size)}\n`);
  }
  if (!contents.weights && contents.tensors.length > 0) {
    context.error(
      `note: the module has no weights: give them to load({ weights }), or compile with --weights RUN\n`,
    );
  }
  return 0;
}

function chooseUnit({ file }: OpenedFile, flags: ModuleFlags): ModelUnit | TrainingUnit {
  const isBare = flags.model !== undefined || file.unit.trainings.length === 0;
  if (isBare && flags.for === "training") {
    throw new UserError("--for training needs a training of the file", {
      help: "choose it with --training, and leave --model out",
    });
  }
  return isBare ? file.model(flags.model) : chooseTraining(file, flags.training);
}

function targetsOf(text: string): ModuleTarget[] {
  return [...new Set(text.split(","))].map((asked) => {
    const found = targets.find((target) => target === asked.trim());
    if (found) return found;
    throw new UserError(`--target ${text}: there is no target \`${asked.trim()}\``, {
      help: `choose from ${targets.join(", ")}; several with commas`,
    });
  });
}

function batchesOf({ batch, for: use }: ModuleFlags, unit: ModelUnit | TrainingUnit): number[] {
  if (batch !== undefined) {
    return [...new Set(batch.split(",").map((size) => positiveWhole("--batch", size.trim())))];
  }
  const own = "model" in unit ? unit.phases[0]?.batch : undefined;
  if (use === "training" && typeof own === "number") return [own];
  return isBatched(unit) ? [1, 16] : [1];
}

function isBatched(unit: ModelUnit | TrainingUnit): boolean {
  return "model" in unit || unit.openDims.length > 0;
}

/** The tensors of a run or of a file. */
async function readWeights(context: Context, given: string): Promise<ReadonlyMap<string, Tensor>> {
  const place = path.resolve(context.cwd, given);
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) {
    throw new UserError(`there is no run or file ${given}`, {
      help: "give --weights the folder of a run, or a safetensors file",
    });
  }
  if (found.isDirectory()) {
    const snapshot = await loadWeights(place, (text) => context.error(`warning: ${text}\n`));
    return snapshot.tensors;
  }
  try {
    return readSafetensors(readFileSync(place), given).tensors;
  } catch (cause) {
    throw cause instanceof UserError ? cause : fileError(`cannot read ${given}`, cause);
  }
}

function heading(file: string, devices: readonly string[], flags: ModuleFlags): string[] {
  return [
    `// Made by dlmc ${version()} from ${file}, for ${flags.for} on ${devices.join(", ")}. Changes are lost when it is made again.`,
  ];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
