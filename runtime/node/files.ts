// Files in Node: written whole or not at all, read with errors that a user understands.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { messageOf, UserError } from "../errors.ts";

/** Writes beside `file`, flushes to the disk and renames: whoever looks sees the old bytes or the new ones, never a part.
 *  Makes the folder. On a full disk or any other failure a UserError; the old file stays. */
export function writeAtomically(
  file: string,
  bytes: string | Uint8Array | readonly Uint8Array[],
): void {
  const whole = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const pieces = whole instanceof Uint8Array ? [whole] : whole;
  if (isDevice(file)) {
    writeToDevice(file, pieces);
    return;
  }
  const beside = `${file}.${randomBytes(4).toString("hex")}.part`;
  try {
    makeFolders(path.dirname(file));
    const handle = openSync(beside, "wx");
    try {
      writePieces(handle, pieces);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(beside, file);
  } catch (cause) {
    removeQuietly(beside);
    throw fileError(`cannot write ${file}`, cause);
  }
  flushFolder(path.dirname(file));
}

function writePieces(handle: number, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces) {
    let at = 0;
    while (at < piece.length)
      at += writeSync(handle, piece, at, Math.min(2 ** 28, piece.length - at));
  }
}

/** Whether it is there and neither file nor folder: /dev/stdout, a pipe. A rename would put a file in its place. */
function isDevice(file: string): boolean {
  try {
    const found = statSync(file);
    return !found.isFile() && !found.isDirectory();
  } catch {
    return false; // absent, or told better when it is written
  }
}

function writeToDevice(file: string, pieces: readonly Uint8Array[]): void {
  try {
    const handle = openSync(file, "w");
    try {
      writePieces(handle, pieces);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw fileError(`cannot write ${file}`, cause);
  }
}

/** Makes a folder and those above it. One by one: where the file system refuses new names, as /proc does, Node's own
 *  recursive way tries for ever. */
export function makeFolders(folder: string): void {
  const absent: string[] = [];
  for (let at = path.resolve(folder); !existsSync(at); at = path.dirname(at)) {
    absent.push(at);
    if (path.dirname(at) === at) break;
  }
  for (const each of absent.toReversed()) {
    try {
      mkdirSync(each);
    } catch (cause) {
      const madeByAnother = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
      if (!madeByAnother) throw cause;
    }
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // the failure that led here is what the user must hear of
  }
}

/** Makes the rename itself last through a power cut; some file systems and Windows do not offer it. */
function flushFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // the file itself is whole either way
  }
}

const reasons: Readonly<Record<string, readonly [reason: string, help?: string]>> = {
  ENOSPC: ["the disk is full", "free some space, or choose another folder"],
  EDQUOT: ["your share of the disk is full", "free some space, or choose another folder"],
  EFBIG: ["the file would be too large for this file system"],
  EACCES: ["this is not permitted"],
  EPERM: ["this is not permitted"],
  EROFS: ["the file system is read-only"],
  ENOENT: ["there is no such file"],
  ENOTDIR: ["a part of the path is a file, not a folder"],
  EISDIR: ["it is a folder"],
  EMFILE: ["too many files are open"],
  ENAMETOOLONG: ["the name is too long"],
  EIO: ["the disk reports an error"],
  ERR_FS_FILE_TOO_LARGE: ["the file is larger than 2 GiB"],
};

/** A UserError for a failure of the file system, in words. */
export function fileError(what: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [reason, help] = reasons[code] ?? [messageOf(cause)];
  return new UserError(`${what}: ${reason}`, help === undefined ? { cause } : { help, cause });
}
