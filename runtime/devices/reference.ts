// The reference device: the graph interpreted operator by operator in double precision. Slow and exact: the measure
// for the others.

import type { Code, Device, Persistent, Program, Session, Watchers } from "../artifact.ts";
import { UserError } from "../errors.ts";
import { type Inputs } from "./tensors.ts";
import { interpretProgram } from "../reference/interpret.ts";
import { allocate, sizeOf, type DType, type Tensor, type TypedArray } from "../types.ts";

type ReferenceCode = Extract<Code, { readonly target: "reference" }>;

export const referenceDevice: Device = {
  name: "reference",
  open: async (persistent) => openSession(persistent),
};

function openSession(persistent: Persistent): Session {
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape } of persistent.tensors) {
    tensors.set(name, { dtype, shape, data: newArray(dtype, sizeOf(shape)) });
  }
  const programs = new Map<string, { program: Program; code: ReferenceCode }>();
  const results = new Map<string, Readonly<Record<string, Tensor>>>();

  function find(path: string): Tensor {
    const tensor = tensors.get(path);
    if (!tensor) throw new UserError(`there is no parameter or state called ${path}`);
    return tensor;
  }

  function execute(name: string, inputs: Inputs, { check, watch }: Watchers): void {
    const loaded = programs.get(name);
    if (!loaded) throw new Error(`no program ${name} is loaded`);
    const given: Record<string, Tensor> = Object.fromEntries(tensors);
    for (const { name: input, dtype, shape } of loaded.program.inputs) {
      const value = inputs[input];
      if (value === undefined) throw new UserError(`the input ${input} is missing`);
      const values = typeof value === "number" ? [value] : value;
      if (values.length !== sizeOf(shape)) {
        throw new UserError(
          `${input} holds ${sizeOf(shape)} elements ([${shape.join(", ")}]), but ${values.length} were given`,
        );
      }
      given[input] = { dtype, shape, data: fill(newArray(dtype, values.length), values) };
    }
    const start = performance.now();
    const found = interpretProgram(loaded.code, given);
    const [whole] = loaded.program.kernels;
    if (watch && whole) watch(whole, 0, start, performance.now());
    for (const { name: output, persistent: kept } of loaded.code.outputs) {
      const tensor = found[output];
      if (!tensor) continue;
      if (check && tensor.dtype === "f32") {
        const bad = tensor.data.findIndex((value: number) => !Number.isFinite(value));
        if (bad >= 0 && whole)
          check(whole, { ...tensor, name: output, offset: 0 }, bad, Number(tensor.data[bad]));
      }
      if (kept) tensors.set(output, { ...tensor, data: tensor.data.slice() });
    }
    results.set(name, found);
  }

  return {
    async load(program) {
      if (program.code.target !== "reference") {
        throw new Error(`the reference device cannot run ${program.code.target}`);
      }
      programs.set(program.name, { program, code: program.code });
    },
    write(path, data) {
      const tensor = find(path);
      if (data.length !== tensor.data.length) {
        throw new UserError(
          `${path} holds ${tensor.data.length} elements, but ${data.length} were given`,
        );
      }
      tensors.set(path, { ...tensor, data: fill(newArray(tensor.dtype, data.length), data) });
    },
    read: async (path) => find(path).data.slice(),
    run(name, inputs) {
      execute(name, inputs, {});
    },
    inspect: async (name, inputs, watchers) => execute(name, inputs, watchers),
    async output(name, output) {
      const tensor = results.get(name)?.[output];
      if (!tensor) throw new UserError(`the program ${name} has no output ${output}`);
      return tensor.data.slice();
    },
    close: async () => {
      tensors.clear();
      programs.clear();
      results.clear();
    },
  };
}

/** f32 values are kept as doubles. */
function newArray(dtype: DType, length: number): TypedArray {
  return dtype === "f32" || dtype === "f16" ? new Float64Array(length) : allocate(dtype, length);
}

function fill(target: TypedArray, values: ArrayLike<number>): TypedArray {
  target.set(values);
  return target;
}
