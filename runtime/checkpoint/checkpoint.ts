// A checkpoint: a safetensors file with every persistent tensor by path, and in its metadata where the run stood.

import { messageOf, UserError } from "../errors.ts";
import type { Position } from "../train/plan.ts";
import type { Tensor } from "../types.ts";
import { joinBytes, readSafetensors, safetensorsPieces } from "./safetensors.ts";

export interface Checkpoint {
  /** Parameters, states, the optimizer's and the metrics' states, states fitted on the data. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly position: Position;
  /** Hash of what must be the same for a resumed run to equal an unbroken one. */
  readonly fingerprint: string;
  /** Of the program that wrote it. */
  readonly version: string;
}

/** Key of the metadata that holds everything but the tensors, as JSON. */
const metadataKey = "dlm.checkpoint";
const sumKey = "dlm.sha256";

/** SHA-256 of pieces, one after the other, in hexadecimal digits. */
export type Digest = (pieces: readonly Uint8Array[]) => string | Promise<string>;

/** The bytes of a checkpoint; the same run gives the same bytes except for the seconds it took. */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  return joinBytes(await checkpointPieces(checkpoint));
}

/** The same in pieces that lie where the tensors do: a training's memory is planned, and has no room for copies. */
export async function checkpointPieces(
  checkpoint: Checkpoint,
  digest: Digest = digestJoined,
): Promise<readonly Uint8Array[]> {
  const { tensors, position, fingerprint, version } = checkpoint;
  const told = JSON.stringify({ fingerprint, position, version }, numbersAsText);
  const sum = await sumOf(told, tensors, digest);
  return safetensorsPieces(tensors, { [metadataKey]: told, [sumKey]: sum });
}

/** Reads and verifies a checkpoint; anything wrong is a UserError that names `path`. */
export async function decodeCheckpoint(
  bytes: Uint8Array,
  path: string,
  digest: Digest = digestJoined,
): Promise<Checkpoint> {
  const damaged = (why: string): UserError =>
    new UserError(`the checkpoint is damaged: ${why}`, { place: path });
  try {
    const { tensors, metadata } = readSafetensors(bytes, path);
    const told = metadata.get(metadataKey);
    if (told === undefined) {
      throw new UserError("this safetensors file is no checkpoint of a training", {
        place: path,
        help: "weights alone are loaded with `start = weights(…)`",
      });
    }
    if ((await sumOf(told, tensors, digest)) !== metadata.get(sumKey)) {
      throw damaged("its bytes are not those that were written");
    }
    const parsed: unknown = JSON.parse(told, textAsNumbers);
    if (!isRecord(parsed)) throw damaged("it does not say where the run stood");
    const { position, fingerprint, version } = parsed;
    if (!isPosition(position) || typeof fingerprint !== "string" || typeof version !== "string") {
      throw damaged("it does not say where the run stood");
    }
    return { tensors, position, fingerprint, version };
  } catch (cause) {
    if (!(cause instanceof UserError)) throw damaged(messageOf(cause));
    const isTold = cause.message.includes("checkpoint");
    throw isTold ? cause : damaged(cause.message);
  }
}

/** JSON has no NaN and no infinities, which sums of losses may well be. */
const oddNumbers: ReadonlyMap<string, number> = new Map([
  ["$NaN", Number.NaN],
  ["$Infinity", Infinity],
  ["$-Infinity", -Infinity],
]);

function numbersAsText(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? `$${value}` : value;
}

function textAsNumbers(_key: string, value: unknown): unknown {
  return typeof value === "string" ? (oddNumbers.get(value) ?? value) : value;
}

/** Covers names, shapes and numbers of the tensors, and all else that is told. */
async function sumOf(
  told: string,
  tensors: ReadonlyMap<string, Tensor>,
  digest: Digest,
): Promise<string> {
  const toldSum = await digest([new TextEncoder().encode(told)]);
  return toldSum + (await digest(safetensorsPieces(tensors)));
}

/** In any engine. */
async function digestJoined(pieces: readonly Uint8Array[]): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", joinBytes(pieces));
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPosition(value: unknown): value is Position {
  if (!isRecord(value)) return false;
  const { step, epoch, phase, draws, batch, sums, seen, seconds } = value;
  if (!isRecord(phase)) return false;
  const counts = [step, epoch, phase["index"], phase["step"], phase["epoch"], draws, batch, seen];
  return (
    counts.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= 0) &&
    typeof seconds === "number" &&
    isRecord(sums)
  );
}
