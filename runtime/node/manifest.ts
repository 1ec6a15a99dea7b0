// `manifest.json` of a run folder: everything needed to make the run again, and to know whether it is the same.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { DataFile } from "../data/table.ts";
import { UserError } from "../errors.ts";
import { fileError, writeAtomically } from "./files.ts";

export interface Manifest {
  /** The model file, as the user named it. */
  readonly file: string;
  readonly training: string;
  readonly model: string;
  /** Written settings of the training: printed values by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** `--set name=value`, as given. */
  readonly sets: readonly string[];
  readonly seed: number;
  readonly device: string;
  /** Threads that ran the programs, on which results do not depend. */
  readonly threads: number;
  /** Whether products and sums were fused where the machine could, which rounds differently. */
  readonly fused: boolean;
  /** What its training steps computed in; `f32` where absent. */
  readonly precision?: "f32" | "f16";
  /** Of the program and of Node. */
  readonly version: string;
  readonly node: string;
  /** SHA-256 of the model file and its imports, by path. */
  readonly sources: Readonly<Record<string, string>>;
  readonly data: {
    readonly name: string;
    readonly fingerprint: string;
    readonly files: readonly DataFile[];
  };
  /** Hash of what must be the same for a resumed run to equal an unbroken one. */
  readonly fingerprint: string;
}

/** Writes `manifest.json` into a run folder; the same run gives the same bytes. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const text = JSON.stringify(manifest, undefined, 2);
  writeAtomically(path.join(folder, "manifest.json"), `${text}\n`);
}

/** The manifest of a run folder. */
export function readManifest(folder: string): Manifest {
  const file = path.join(folder, "manifest.json");
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw fileError(`cannot read ${file}`, cause);
  }
  if (!isManifest(value)) {
    throw new UserError("this is no manifest of a run", {
      place: file,
      help: "give the folder that `dlmc train` named",
    });
  }
  return value;
}

function isManifest(value: unknown): value is Manifest {
  const isRecord = (part: unknown): part is Record<string, unknown> =>
    typeof part === "object" && part !== null;
  return (
    isRecord(value) &&
    typeof value["training"] === "string" &&
    isRecord(value["settings"]) &&
    Array.isArray(value["sets"]) &&
    isRecord(value["data"]) &&
    Array.isArray(value["data"]["files"])
  );
}
