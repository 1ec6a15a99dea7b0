// Data files on the disk: beside the model, in `$DLM_DATA`, in the user's cache, else fetched from their official source.

import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { finished } from "node:stream/promises";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { gzipError } from "../data/bytes.ts";
import { messageOf, UserError } from "../errors.ts";
import type { DataHost, Unpacked } from "../host.ts";
import { fileError, writeAtomically } from "./files.ts";
import { leadsOut, outside, permittedFile } from "./permitted.ts";

export interface DownloadProgress {
  readonly url: string;
  readonly name: string;
  /** Bytes received so far. */
  readonly received: number;
  /** Bytes of the whole. */
  readonly bytes: number;
}

export interface DataHostOptions {
  /** Folder of the model file. */
  readonly folder: string;
  /** Called before a download (`received` 0) and while it runs; absent, nothing is downloaded. */
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** Lets data be read from anywhere. */
  readonly anywhere?: boolean;
  /** In place of the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The user's cache for downloaded data. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const local = environment["LOCALAPPDATA"];
  if (process.platform === "win32" && local !== undefined) return path.join(local, "dlm");
  const cache = environment["XDG_CACHE_HOME"];
  const isUsable = cache !== undefined && path.isAbsolute(cache); // as the XDG specification asks
  return isUsable ? path.join(cache, "dlm") : path.join(homedir(), ".cache", "dlm");
}

export function createDataHost(options: DataHostOptions): DataHost {
  const environment = options.environment ?? process.env;
  const anywhere = options.anywhere ?? false;
  const named = environment["DLM_DATA"];
  const cache = cacheFolder(environment);
  const folders = [options.folder, ...(named ? [named] : []), cache].map((f) => path.resolve(f));

  const find = (name: string): string | undefined => {
    if (leadsOut(name)) {
      if (!anywhere && !path.isAbsolute(name)) throw outside(name);
      return permittedFile(path.resolve(options.folder, name), folders, anywhere);
    }
    for (const folder of folders) {
      const found = permittedFile(path.join(folder, name), folders, anywhere);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const onDownload = options.onDownload;
  return {
    find,
    places: folders,
    read: async (file) => {
      try {
        return plain(await readFile(file));
      } catch (cause) {
        throw fileError(`cannot read ${file}`, cause);
      }
    },
    readSync: (file) => {
      try {
        return plain(readFileSync(file));
      } catch (cause) {
        throw fileError(`cannot read ${file}`, cause);
      }
    },
    size: (file) => {
      try {
        return statSync(file).size;
      } catch (cause) {
        throw fileError(`cannot read ${file}`, cause);
      }
    },
    readPrefix,
    gunzip: (bytes, limit, partial = false) =>
      plain(
        gunzipSync(
          bytes,
          partial
            ? { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: limit }
            : { maxOutputLength: Math.max(1, limit) },
        ),
      ),
    unpack,
    ...(onDownload === undefined
      ? {}
      : {
          download: (request) => download({ ...request, onDownload, cache }),
        }),
  };
}

/** A plain array over a Buffer's bytes: a Buffer's `slice` shares memory where an array's copies. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function readPrefix(file: string, bytes: number): Uint8Array {
  try {
    const handle = openSync(file, "r");
    try {
      const prefix = new Uint8Array(Math.min(bytes, statSync(file).size));
      const length = readSync(handle, prefix, 0, prefix.length, 0);
      return prefix.subarray(0, length);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw fileError(`cannot read ${file}`, cause);
  }
}

/** Unpacks through small buffers into one array of the announced length: a training's memory is planned, and
 *  packed copies waiting for the garbage collector would add to it. */
async function unpack(file: string, bytes: number): Promise<Unpacked> {
  const out = new Uint8Array(bytes);
  const hash = createHash("sha256");
  const gunzip = createGunzip({ chunkSize: Math.max(64, Math.min(bytes + 1, 2 ** 16)) });
  let length = 0;
  let packedBytes = 0;
  gunzip.on("data", (piece: Buffer) => {
    if (length + piece.length <= bytes) out.set(piece, length);
    length += piece.length;
  });
  const ended = finished(gunzip);
  ended.catch(() => undefined); // told below, by whoever waits first
  const input = Buffer.allocUnsafe(2 ** 18);
  const handle = await open(file, "r").catch((cause: unknown) => {
    throw fileError(`cannot read ${file}`, cause);
  });
  try {
    for (;;) {
      const { bytesRead } = await handle.read(input, 0, input.length);
      if (bytesRead === 0) break;
      const chunk = input.subarray(0, bytesRead);
      hash.update(chunk);
      packedBytes += bytesRead;
      // The buffer is used again only after the chunk is unpacked.
      await new Promise<void>((resolve, reject) => {
        gunzip.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      if (length > bytes) break;
    }
    gunzip.end();
    if (length <= bytes) await ended;
  } catch (cause) {
    const isGzip = cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_");
    throw isGzip ? gzipError(file, cause) : fileError(`cannot read ${file}`, cause);
  } finally {
    gunzip.destroy();
    await handle.close();
  }
  if (length !== bytes) {
    const how = length < bytes ? "cut off" : "too long";
    throw new UserError(`the file is ${how}: its header announces ${bytes} bytes unpacked`, {
      place: file,
      help: "fetch the file again",
    });
  }
  return { bytes: out, packedBytes, sha256: hash.digest("hex") };
}

interface Download {
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly name: string;
  readonly cache: string;
  readonly onDownload: (progress: DownloadProgress) => void;
}

/** Fetches one file into the cache; it appears there only once its length and its SHA-256 are right. */
async function download(request: Download): Promise<string> {
  const { url, name, bytes, cache, onDownload } = request;
  if (leadsOut(name)) throw outside(name);
  onDownload({ url, name, received: 0, bytes });
  const whole = new Uint8Array(bytes);
  let received = 0;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(30 * 60_000) });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (received + value.length > bytes) {
        await reader.cancel();
        throw new Error("it is longer than it should be");
      }
      whole.set(value, received);
      received += value.length;
      onDownload({ url, name, received, bytes });
    }
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    throw new UserError(`${url}: ${messageOf(reason)}`, { cause });
  }
  const found = createHash("sha256").update(whole.subarray(0, received)).digest("hex");
  if (received !== bytes || found !== request.sha256) {
    throw new UserError(`${url}: these are not the bytes that were published`);
  }
  const file = path.join(cache, ...name.split("/"));
  writeAtomically(file, whole);
  return file;
}
