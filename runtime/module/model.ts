// A module's model: a device is chosen, weights are read, programs are loaded as they are wanted.

import { UserError } from "../errors.ts";
import { allocate, sizeOf, type TypedArray } from "../types.ts";
import { readSafetensors, writeSafetensors } from "../checkpoint/safetensors.ts";
import { chooseTarget } from "./choose.ts";
import type {
  Batch,
  BatchTensor,
  ModelSource,
  OpenedModel,
  ProgramText,
  Target,
} from "./source.ts";
import type { CompiledModel, ModelModule, ModuleOptions, ModuleTensor } from "./types.ts";
import { readWeights } from "./weights.ts";

type Arrays = Readonly<Record<string, TypedArray>>;

/** Makes what a module exports. `Model` is what its programs and extensions offer. */
export function defineModel<Model>(source: ModelSource): ModelModule<Model> {
  return {
    name: source.name,
    devices: source.targets.map(({ device }) => device),
    labels: source.labels,
    load: async (options = {}) => (await openModel(source, options)) as Model,
  };
}

async function openModel(source: ModelSource, options: ModuleOptions): Promise<object> {
  const target = await chooseTarget(source.targets, options.device ?? "auto");
  const { threads, progress } = options;
  const session = await target.open({
    ...(threads === undefined ? {} : { threads }),
    ...(progress ? { progress } : {}),
  });
  try {
    const opened = await prepare(source, options, target, session);
    const model = baseModel(opened);
    for (const extend of source.extensions ?? []) {
      Object.defineProperties(model, Object.getOwnPropertyDescriptors(extend(opened)));
    }
    return model;
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
}

async function prepare(
  source: ModelSource,
  options: ModuleOptions,
  target: Target,
  session: OpenedModel["session"],
): Promise<OpenedModel> {
  const loaded = new Map<string, Promise<string>>();
  let last: Promise<unknown> = Promise.resolve();
  async function load(text: ProgramText): Promise<string> {
    await session.load(await target.program(text));
    return text.name;
  }
  // Tensors keep what is written to them when the memory grows, so weights come first.
  for (const { name, shape } of target.persistent.tensors) {
    const value = source.fills[name];
    if (value !== undefined && value !== 0) {
      session.write(name, new Float32Array(sizeOf(shape)).fill(value));
    }
  }
  const weights = await readWeights(source, options.weights);
  if (weights) assignTensors(target, session, readSafetensors(weights, "weights").tensors, source);
  const reader = await source.examples?.();
  return {
    source,
    options,
    target,
    session,
    reader,
    ready(text) {
      const known = loaded.get(text.name) ?? load(text);
      loaded.set(text.name, known);
      return known;
    },
    inTurn(work) {
      const next = last.then(work, work);
      last = next.catch(() => undefined);
      return next;
    },
  };
}

/** Weights of a file: every parameter and state of the model must be there, in its shape. */
function assignTensors(
  target: Target,
  session: OpenedModel["session"],
  tensors: ReadonlyMap<string, ModuleTensor>,
  source: ModelSource,
): void {
  for (const { name, shape } of target.persistent.tensors) {
    const found = tensors.get(name);
    if (!found) {
      if (!source.tensors.includes(name)) continue;
      throw new UserError(`the weights lack ${name} of ${source.name}`, {
        help: "they belong to another model or to other settings",
      });
    }
    if (found.shape.join() !== shape.join()) {
      throw new UserError(
        `${name} is [${shape.join(", ")}] in ${source.name}, but [${found.shape.join(", ")}] in the weights`,
      );
    }
    session.write(name, found.data);
  }
}

function baseModel(opened: OpenedModel): CompiledModel<object, object, object> {
  const { source, target, session, reader } = opened;
  let isOpen = true;
  const names = source.inputs.map(({ name }) => name);

  async function run(batch: Batch): Promise<Arrays> {
    const programs = sized(target.programs, "predict");
    if (!source.inputs.some(({ batched }) => batched)) return runOnce(programs, batch.inputs, 0);
    const results: Record<string, TypedArray> = {};
    for (const { name, dtype, shape } of source.outputs) {
      results[name] = allocate(dtype, batch.count * sizeOf(shape));
    }
    for (let done = 0; done < batch.count;) {
      const { program, size } = chooseSize(programs, batch.count - done);
      const count = Math.min(size, batch.count - done);
      const part = await runOnce(
        [{ program, size }],
        slice(source.inputs, batch, done, size),
        done,
      );
      for (const { name, shape } of source.outputs) {
        const values = part[name]?.subarray(0, count * sizeOf(shape));
        if (values) results[name]?.set(values, done * sizeOf(shape));
      }
      done += count;
    }
    return results;
  }

  async function runOnce(
    [first]: readonly SizedProgram[],
    inputs: Readonly<Record<string, ArrayLike<number>>>,
    draw: number,
  ): Promise<Arrays> {
    if (!first) throw new Error("the module has no program to predict with");
    const name = await opened.ready(first.program);
    // A model that draws while it predicts draws anew for every part of the examples.
    session.run(name, { ...scalars, $draw: draw, ...inputs });
    const outputs: Record<string, TypedArray> = {};
    for (const output of source.outputs) {
      outputs[output.name] = await session.output(name, output.name);
    }
    return outputs;
  }

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (!isOpen) throw new UserError(`${source.name} was disposed of`, { help: "load it again" });
    return opened.inTurn(work);
  };

  return {
    device: target.device,
    predict: async (examples) =>
      inTurn(async () => {
        const given = examples as Readonly<Record<string, unknown>>;
        if (!reader) return run(checkBatch(source.inputs, given));
        return run(await reader.read(given, "predict", { seed: 0, draw: 0 }, names));
      }),
    forward: async (inputs) =>
      inTurn(async () =>
        run(checkBatch(source.inputs, inputs as Readonly<Record<string, unknown>>)),
      ),
    parameters: () =>
      inTurn(
        async () => Object.fromEntries(await tensorsOf(opened)) as Record<string, ModuleTensor>,
      ),
    assign(tensors) {
      for (const [path, { data }] of Object.entries(tensors)) session.write(path, data);
    },
    save: () => inTurn(async () => writeSafetensors(await tensorsOf(opened))),
    dispose: async () => {
      if (!isOpen) return;
      await inTurn(() => session.close());
      isOpen = false;
    },
  };
}

/** Inputs of evaluation programs that are not the model's own. */
const scalars = { $seed: 0, $step: 0, $steps: 1, $epoch: 0 } as const;

async function tensorsOf({
  source,
  target,
  session,
}: OpenedModel): Promise<Map<string, ModuleTensor>> {
  const found = new Map<string, ModuleTensor>();
  for (const { name, dtype, shape } of target.persistent.tensors) {
    if (source.tensors.includes(name)) {
      found.set(name, { dtype, shape, data: await session.read(name) });
    }
  }
  return found;
}

export interface SizedProgram {
  readonly program: ProgramText;
  readonly size: number;
}

/** Programs of a kind by the size of their batch, the largest first. */
export function sized(programs: readonly ProgramText[], kind: string): SizedProgram[] {
  const own = programs.flatMap((program): SizedProgram[] => {
    const [name, size = ""] = program.name.split("@");
    return name === kind ? [{ program, size: Number(size) }] : [];
  });
  return own.sort((a, b) => b.size - a.size);
}

/** The largest that is filled, else the smallest. */
function chooseSize(programs: readonly SizedProgram[], count: number): SizedProgram {
  const found = programs.find(({ size }) => size <= count) ?? programs.at(-1);
  if (!found) throw new Error("the module has no program to predict with");
  return found;
}

/** Some examples of a batch; the last one again where there are too few. */
function slice(
  inputs: readonly BatchTensor[],
  { inputs: values, count }: Batch,
  start: number,
  size: number,
): Record<string, ArrayLike<number>> {
  const part: Record<string, ArrayLike<number>> = {};
  for (const { name, dtype, shape, batched } of inputs) {
    const all = values[name] ?? [];
    if (!batched) {
      part[name] = all;
      continue;
    }
    const one = sizeOf(shape);
    const own = allocate(dtype, size * one);
    for (let i = 0; i < size; i++) {
      const from = Math.min(start + i, count - 1) * one;
      for (let k = 0; k < one; k++) own[i * one + k] = all[from + k] ?? 0;
    }
    part[name] = own;
  }
  return part;
}

/** Checks that tensors are there and of one number of examples. */
export function checkBatch(
  tensors: readonly BatchTensor[],
  given: Readonly<Record<string, unknown>>,
): Batch {
  let count: number | undefined;
  const inputs: Record<string, ArrayLike<number>> = {};
  for (const { name, shape, batched } of tensors) {
    const value = given[name];
    if (value === undefined) throw new UserError(`\`${name}\` is missing`);
    const values = (typeof value === "number" ? [value] : value) as ArrayLike<number>;
    if (typeof values !== "object" || typeof values.length !== "number") {
      throw new UserError(`\`${name}\` must be numbers, in a flat array`);
    }
    const size = sizeOf(shape);
    const own = values.length / size;
    const told = `[${[...(batched ? ["examples"] : []), ...shape].join(", ")}]`;
    if (!Number.isInteger(own) || (!batched && own !== 1)) {
      throw new UserError(`\`${name}\` is ${told}, but ${values.length} numbers were given`);
    }
    if (batched && count !== undefined && count !== own) {
      throw new UserError(`\`${name}\` holds ${own} examples, but others hold ${count}`);
    }
    if (batched) count = own;
    inputs[name] = values;
  }
  return { count: count ?? 1, inputs };
}
