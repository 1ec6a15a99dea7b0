// PyTorch's figures: manifests and their tensors, as ../shared/oracle/README.md describes them.

import { readFileSync } from "node:fs";
import path from "node:path";
import { oracleDir } from "../../support/shared.ts";

export interface OracleTensor {
  readonly dtype: "f32" | "i32" | "bool";
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export type Tensors = Readonly<Record<string, OracleTensor>>;

export interface TensorInfo {
  readonly dtype: "f32" | "i32" | "bool";
  readonly shape: readonly number[];
  readonly atol?: number;
  readonly upstream?: boolean;
}

/** What every case has; the fields of a family stand in its test. */
export interface OracleCase {
  readonly id: string;
  readonly op: string;
  readonly file?: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly rtol: number;
  readonly atol: number;
  readonly tags?: readonly string[];
  readonly note?: string;
}

function inOracle(...parts: readonly string[]): string {
  if (oracleDir === undefined) throw new Error("../shared/oracle is absent");
  return path.join(oracleDir, ...parts);
}

/** The cases of a family; empty where the shared folder is absent. */
export function readCases<Case>(family: string): readonly Case[] {
  if (oracleDir === undefined) return [];
  const manifest = JSON.parse(readFileSync(inOracle(`${family}.json`), "utf8")) as {
    readonly cases: readonly Case[];
  };
  return manifest.cases;
}

const cache = new Map<string, Tensors>();

/** All tensors of a file by name. */
export function readTensors(file: string): Tensors {
  const known = cache.get(file);
  if (known) return known;
  const bytes = readFileSync(inOracle(file));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerLength)) as Record<
    string,
    { dtype: "F32" | "I32" | "U8"; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors: Record<string, OracleTensor> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [from, to] = data_offsets;
    const { buffer } = new Uint8Array(
      bytes.subarray(8 + headerLength + from, 8 + headerLength + to),
    );
    tensors[name] =
      dtype === "F32"
        ? { dtype: "f32", shape, data: new Float32Array(buffer) }
        : dtype === "I32"
          ? { dtype: "i32", shape, data: new Int32Array(buffer) }
          : { dtype: "bool", shape, data: new Uint8Array(buffer) };
  }
  cache.set(file, tensors);
  return tensors;
}

/** A tensor that must be there. */
export function tensorOf(tensors: Tensors, name: string): OracleTensor {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`the oracle has no tensor ${name}`);
  return tensor;
}
