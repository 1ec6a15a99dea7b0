// `dlmc compile`: a module that other programs import, or with `--emit STAGE` what a stage of the compiler makes of a file.

import path from "node:path";

import { Option } from "commander";

import { printAst, printTokens } from "../../grammar/print.ts";
import { parse } from "../../grammar/index.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { UserError } from "../../runtime/errors.ts";
import { writeAtomically } from "../../runtime/node/files.ts";
import { failOn } from "../api/failure.ts";
import type { ProgramKind } from "../api/program-kinds.ts";
import { atPrecision, type Precision } from "../api/precision.ts";
import { createPrograms, placeFor } from "../api/programs.ts";
import type { Stage } from "../index.ts";
import { printGraph } from "../ir/print.ts";
import { choosePhase, chooseTraining, dataDims, phaseNote, positiveWhole } from "./choose.ts";
import type { CommandModule } from "./commands.ts";
import type { Context } from "./context.ts";
import { addModuleOptions, isModuleFile, writeModule, type ModuleFlags } from "./module.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";

const stages = [
  "tokens",
  "ast",
  "model",
  "graph",
  "lowered",
  "train",
  "optimised",
  "kernels",
  "plan",
  "js",
  "wat",
  "wgsl",
] as const;
type Emitted = (typeof stages)[number];

const devices = ["js", "wasm", "webgpu"] as const;
type Device = (typeof devices)[number];

/** What is code is the code of one device. */
const deviceOfCode: Partial<Record<Emitted, Device>> = { js: "js", wat: "wasm", wgsl: "webgpu" };

interface CompileFlags extends FileOptions, ModuleFlags {
  readonly emit?: Emitted;
  readonly program: ProgramKind;
  readonly phase?: string;
  readonly after?: string;
  readonly device?: Device;
  readonly precision: Precision;
}

export const define: CommandModule["define"] = (command, run) => {
  addModuleOptions(addFileOptions(command))
    .addOption(
      new Option("--emit <stage>", "print what a stage makes of the file (default: js)").choices(
        stages,
      ),
    )
    .addOption(
      new Option("--program <program>", "which program of the training")
        .choices(["train", "evaluate", "predict", "gradients"])
        .default("train"),
    )
    .option("--phase <name>", "which phase of the training (default: the first)")
    .option("--after <pass>", "with --emit optimised: stop after this pass")
    .addOption(
      new Option("--device <device>", "device that the plan is made for (default: wasm)").choices(
        devices,
      ),
    )
    .addOption(
      new Option("--precision <type>", "what the training step computes in")
        .choices(["f32", "f16"])
        .default("f32"),
    );
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<CompileFlags>();
    return withDiagnostics(context, flags, async () => {
      if (flags.emit === undefined && flags.out !== undefined && isModuleFile(flags.out)) {
        return writeModule(context, name, { ...flags, out: flags.out });
      }
      const text = await emitStage(context, name, { ...flags, emit: flags.emit ?? "js" });
      const ended = text.endsWith("\n") ? text : `${text}\n`;
      if (flags.out === undefined) context.out(ended);
      else writeAtomically(path.resolve(context.cwd, flags.out), ended);
      return 0;
    });
  });
};

async function emitStage(
  context: Context,
  name: string,
  flags: CompileFlags & { readonly emit: Emitted },
): Promise<string> {
  const opened = openFile(context, name, flags);
  const { file, dataHost } = opened;
  if (flags.emit === "tokens" || flags.emit === "ast") {
    const text = file.text;
    if (flags.emit === "tokens") return printTokens({ path: name, text });
    const reporter = new Reporter();
    const tree = parse({ path: name, text }, reporter);
    if (reporter.failed) throw failOn(reporter.diagnostics);
    return printAst(tree);
  }
  const own = deviceOfCode[flags.emit];
  const device = flags.device ?? own ?? "wasm";
  if (own !== undefined && device !== own) {
    throw new UserError(`--emit ${flags.emit} is what the device ${own} runs`, {
      help: `leave --device ${device} out`,
    });
  }
  // One thread where none are asked for: the same text on every machine.
  const threads = flags.threads === undefined ? 1 : positiveWhole("--threads", flags.threads);
  const bare = flags.model !== undefined || file.unit.trainings.length === 0;
  if (flags.emit === "model") {
    return printGraph(
      bare ? file.model(flags.model).evaluation : chooseTraining(file, flags.training).step,
    );
  }
  const seen = new Map<Stage, string>();
  const observe = (stage: Stage, text: () => string): void => {
    if (stage === flags.emit) seen.set(stage, text());
  };
  const batch = flags.batch === undefined ? undefined : positiveWhole("--batch", flags.batch);
  const place = await placeFor(device, threads);
  const after = flags.after === undefined ? {} : { after: flags.after };
  if (bare) {
    const model = file.model(flags.model);
    createPrograms(model, place, { observe, ...after }).compiled("predict", batch ?? 1);
  } else {
    const unit = atPrecision(chooseTraining(file, flags.training), flags.precision);
    const phase = choosePhase(unit, flags.phase);
    context.error(phaseNote(unit, phase, flags.phase));
    const written = unit.phases[phase]?.batch;
    const size = batch ?? (typeof written === "number" ? written : 1);
    // Sizes of the data are asked for only where the program cannot be known without them.
    const dims = { examples: size, ...(await dataDims(unit.data, dataHost, unit.seed)) };
    const programs = createPrograms(unit, place, { dims, observe, phase, ...after });
    programs.compiled(flags.program, size);
  }
  return seen.get(flags.emit as Stage) ?? "";
}
