// The checkpoints of a run folder: the last two are kept, so that a damaged one is no disaster.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { checkpointPieces, decodeCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import { UserError } from "../errors.ts";
import { fileError, writeAtomically } from "./files.ts";

const kept = 2;
const namePattern = /^checkpoint-\d{10}\.safetensors$/;
/** Left behind by a process that was killed while it wrote. */
const partPattern =
  /^((checkpoint-\d{10}|best)\.safetensors|manifest\.json|report\.html)\.[0-9a-f]{8}\.part$/;

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

/** The newest sound checkpoint; undefined where there is none. Damaged ones are told to `onDamaged` with the one that takes
 *  their place; if all are, a UserError names the newest. */
export async function latestCheckpoint(
  folder: string,
  onDamaged: (message: string) => void = () => undefined,
): Promise<Checkpoint | undefined> {
  const damaged: UserError[] = [];
  for (const file of listCheckpoints(folder).toReversed()) {
    try {
      const found = await decodeCheckpoint(readFileSync(file), file, digest);
      for (const error of damaged) {
        onDamaged(`${inWords(error)}; the one before is used: ${path.basename(file)}`);
      }
      return found;
    } catch (cause) {
      damaged.push(fileError(`cannot read ${file}`, cause));
    }
  }
  const [newest, ...older] = damaged;
  if (newest === undefined) return undefined;
  for (const error of older) onDamaged(inWords(error));
  const none = older.length === 0 ? "there is no older one" : "no older one is sound either";
  const { message, place } = newest;
  throw new UserError(message, {
    help: newest.help ?? `${none}: train anew, into another folder`,
    cause: newest,
    ...(place === undefined ? {} : { place }),
  });
}

function inWords({ place, message }: UserError): string {
  return `${place === undefined ? "" : `${place}: `}${message}`;
}

const bestName = "best.safetensors";

/** Writes the best weights of a run; whoever looks sees the old ones or the new ones. */
export async function writeBest(folder: string, checkpoint: Checkpoint): Promise<void> {
  const file = path.join(folder, bestName);
  writeAtomically(file, await checkpointPieces(checkpoint, digest));
}

/** The best weights of a run; undefined where it keeps none. A damaged file is a UserError that names it. */
export async function readBest(folder: string): Promise<Checkpoint | undefined> {
  const file = path.join(folder, bestName);
  if (!existsSync(file)) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw fileError(`cannot read ${file}`, cause);
  }
  return decodeCheckpoint(bytes, file, digest);
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
