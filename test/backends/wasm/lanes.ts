// Code over lanes, or over one number at a time, run on arrays: what functions of vectors.ts are tested with.

import { setFlagsFromString } from "node:v8";
import { encodeModule } from "../../../compiler/backends/wasm/encode.ts";
import {
  add,
  apply,
  f32x4,
  get,
  i32,
  i32x4,
  load,
  local,
  set,
  store,
  type Expr,
  type Statement,
} from "../../../compiler/backends/wasm/ir.ts";
import type { Vectors } from "../../../compiler/backends/wasm/vectors.ts";

setFlagsFromString("--experimental-wasm-relaxed-simd");

export type Data = Float32Array | Int32Array;

/** The arguments are four lanes, or one number. */
export type Compute = (v: Vectors, args: readonly Expr[]) => Expr;

export interface RunOptions {
  readonly relaxed: boolean;
  readonly single: boolean;
}

/** What `compute` gives for every element, four at a time or one by one. Arrays have one length, a multiple of four. */
export function runOver(
  compute: Compute,
  inputs: readonly Data[],
  result: "f32" | "i32",
  { relaxed, single }: RunOptions,
): Data {
  const bytes = (inputs[0]?.length ?? 0) * 4;
  const at = local("i32", "at");
  const before: Statement[] = [];
  const body: Statement[] = [];
  const args = inputs.map((input, i) => {
    const type = input instanceof Float32Array ? "f32.load" : "i32.load";
    return load(single ? type : "v128.load", get(at), i * bytes);
  });
  const value = compute(vectors(before, body, relaxed), args);
  const written = single ? `${result}.store` : "v128.store";
  body.push(store(written, get(at), value, inputs.length * bytes));
  body.push(set(at, add(get(at), i32(single ? 4 : 16))));
  const loop: Statement = { kind: "loop", body, again: apply("i32.lt_u", [get(at), i32(bytes)]) };
  const pages = Math.ceil(((inputs.length + 1) * bytes) / 65536);
  const module = encodeModule({
    memory: { minimumPages: pages, maximumPages: pages, shared: false },
    functions: [{ name: "run", params: [], body: [...before, loop], exported: "run" }],
  });
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  inputs.forEach((input, i) => {
    new Uint8Array(memory.buffer, i * bytes, bytes).set(
      new Uint8Array(input.buffer, input.byteOffset, bytes),
    );
  });
  const compiled = new WebAssembly.Module(module as BufferSource);
  const { run } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
  (run as () => void)();
  const array = result === "f32" ? Float32Array : Int32Array;
  return new array(memory.buffer, inputs.length * bytes, bytes / 4);
}

function vectors(before: Statement[], body: Statement[], relaxed: boolean): Vectors {
  const bindIn = (to: Statement[], value: Expr): Expr => {
    if (value.kind === "get" || value.kind === "const") return value;
    const made = local(value.type, "v");
    to.push(set(made, value));
    return get(made);
  };
  return {
    bind: (value) => bindIn(body, value),
    constant: (value) => bindIn(before, f32x4(value)),
    integer: (value) => bindIn(before, i32x4(value)),
    words: (words) => bindIn(before, i32x4(...words)),
    emit: (statement) => void body.push(statement),
    relaxed,
  };
}
