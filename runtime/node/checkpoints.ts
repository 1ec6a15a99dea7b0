// The checkpoints of a run folder: the last two are kept, so that a damaged one is no disaster.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { checkpointPieces, decodeCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import type { UserError } from "../errors.ts";
import { fileError, writeAtomically } from "./files.ts";

const kept = 2;
const namePattern = /^checkpoint-\d{10}\.safetensors$/;
/** Left behind by a process that was killed while it wrote. */
const partPattern = /^checkpoint-\d{10}\.safetensors\.[0-9a-f]{8}\.part$/;

/** Writes a checkpoint, named after its step, and takes away all but the last two. Gives the file's path. */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<string> {
  const step = String(checkpoint.position.step).padStart(10, "0");
  const file = path.join(folder, `checkpoint-${step}.safetensors`);
  writeAtomically(file, await checkpointPieces(checkpoint, digest));
  const names = readdirSync(folder);
  const old = names
    .filter((name) => namePattern.test(name))
    .toSorted()
    .slice(0, -kept);
  for (const name of [...old, ...names.filter((name) => partPattern.test(name))]) {
    rmSync(path.join(folder, name), { force: true });
  }
  return file;
}

/** The newest sound checkpoint; undefined where there is none. A damaged one is told to `onDamaged` and passed over;
 *  if all are, a UserError names the newest. */
export async function latestCheckpoint(
  folder: string,
  onDamaged: (message: string) => void = () => undefined,
): Promise<Checkpoint | undefined> {
  let first: UserError | undefined;
  for (const file of listCheckpoints(folder).toReversed()) {
    try {
      return await decodeCheckpoint(readFileSync(file), file, digest);
    } catch (cause) {
      const error = fileError(`cannot read ${file}`, cause);
      onDamaged(`${error.place === undefined ? "" : `${error.place}: `}${error.message}`);
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
  return undefined;
}

/** SHA-256 piece by piece. */
function digest(pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** Paths of a folder's checkpoints, oldest first. */
export function listCheckpoints(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => namePattern.test(name));
    return names.sort().map((name) => path.join(folder, name));
  } catch (cause) {
    throw fileError(`cannot read the folder ${folder}`, cause);
  }
}
