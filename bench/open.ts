// A model of the benchmark opened on a device through the library, with the weights and the batch that every framework
// can make for itself.

import path from "node:path";

import {
  load,
  openRunner,
  type Inputs,
  type ProgramKind,
  type Runner,
} from "../compiler/api/index.ts";
import { createDataHost, createSourceHost } from "../runtime/node/index.ts";
import type { KernelWatch, Program } from "../runtime/artifact.ts";
import { sizeOf } from "../runtime/types.ts";
import { fileOf, modelNamed, type BenchModel, type Start } from "./models.ts";
import { reals, wholes } from "./numbers.ts";

export interface OpenedModel {
  readonly runner: Runner;
  readonly program: Program;
  /** Runs the program once and waits for it; gives the loss, or NaN where it has none. */
  readonly run: () => Promise<number>;
  /** Runs it so many times and waits for the last: what a training does on a device that works on its own. */
  readonly runMany: (times: number) => Promise<number>;
  /** Runs it once; sees every kernel. */
  readonly inspect: (watch: KernelWatch) => Promise<void>;
}

export interface OpenOptions {
  readonly device: string;
  readonly threads?: number;
  readonly kind?: ProgramKind;
  /** Draws nothing at random. */
  readonly exact?: boolean;
  /** The training's own where absent. */
  readonly batch?: number;
}

export async function openModel(name: string, options: OpenOptions): Promise<OpenedModel> {
  const model = modelNamed(name);
  const file = fileOf(model);
  const loaded = load(file, {
    host: createSourceHost({ main: file }),
    dataHost: createDataHost({ folder: path.dirname(file) }),
    sets: options.exact ? (model.exact ?? {}) : {},
  });
  const unit = loaded.training();
  const { device, threads } = options;
  const runner = await openRunner(unit, { device, ...(threads === undefined ? {} : { threads }) });
  runner.initialise();
  writeStarts(runner, model.starts);
  const kind = options.kind ?? "train";
  const written = unit.phases[0]?.batch;
  const batch = options.batch ?? Number(written);
  const program = runner.compiled(kind, batch);
  const loadedName = await runner.program(kind, batch);
  const inputs = inputsOf(model, program);
  const [result = "loss"] = program.outputs.map((output) => output.name);
  const output = kind === "predict" ? result : "loss";
  // One object for all steps, so that it is not the harness which allocates.
  const given = { ...inputs, $seed: 0, $draw: 0, $step: 0, $steps: 1000, $epoch: 0 };
  const next = (): void => {
    given.$draw += 1;
    given.$step += 1;
  };
  const runMany = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i++) {
      runner.session.run(loadedName, given);
      next();
    }
    const values = await runner.session.output(loadedName, output);
    return kind === "predict" ? Number.NaN : Number(values[0]);
  };
  return {
    runner,
    program,
    run: () => runMany(1),
    runMany,
    async inspect(watch) {
      await runner.session.inspect(loadedName, given, { watch });
      next();
    },
  };
}

/** Parameter number n of the list takes series n, as the other frameworks' do. */
function writeStarts(runner: Runner, starts: readonly Start[]): void {
  const shapes = new Map(runner.persistent.tensors.map(({ name, shape }) => [name, shape]));
  const missing = runner.tensors.filter(
    ({ role, path: at }) => role === "parameter" && !starts.some((start) => start.path === at),
  );
  if (missing.length > 0)
    throw new Error(`no start values for ${missing.map((t) => t.path).join()}`);
  starts.forEach((start, i) => {
    const shape = shapes.get(start.path);
    if (!shape) throw new Error(`the model has no parameter ${start.path}`);
    runner.write(start.path, startValues(start, i + 1, shape));
  });
}

function startValues(start: Start, series: number, shape: readonly number[]): Float32Array {
  if ("value" in start) return new Float32Array(sizeOf(shape)).fill(start.value);
  const bound =
    "bound" in start ? start.bound : Math.sqrt((3 * start.gain) / sizeOf(shape.slice(1)));
  return reals(series, shape, bound);
}

/** Field number n of a batch is series 1000 + n. */
function inputsOf({ fields }: BenchModel, program: Program): Inputs {
  const names = Object.keys(fields);
  const inputs: Record<string, ArrayLike<number>> = {};
  for (const { name, shape } of program.inputs) {
    const content = fields[name];
    if (content === undefined) continue;
    const series = 1001 + names.indexOf(name);
    inputs[name] =
      content === "reals" ? reals(series, shape, 1) : wholes(series, shape, content.below);
  }
  return inputs;
}
