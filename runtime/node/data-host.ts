// Data files on the disk: beside the model, in `$DLM_DATA`, in the user's cache, else fetched from their official source.

import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, homedir } from "node:os";
import path from "node:path";
import { constants, gunzipSync } from "node:zlib";
import type { DataHost } from "../host.ts";
import { download, type DownloadProgress } from "./download.ts";
import { fileError } from "./files.ts";
import { loaderStarter } from "./loader.ts";
import { pictureSize } from "./picture-size.ts";
import { isBelow, isPermittedFolder, leadsOut, outside, permittedFile } from "./permitted.ts";
import { readPicture } from "./read-picture.ts";
import { unpack } from "./unpack.ts";

export type { DownloadProgress } from "./download.ts";

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

  /** Where a name may stand, in the order of looking; a UserError for one that leads out of all folders. */
  const candidates = (name: string): string[] => {
    if (!leadsOut(name)) return folders.map((folder) => path.join(folder, name));
    const isBelowOne = folders.some((folder) => isBelow(path.resolve(name), folder));
    if (!anywhere && !(path.isAbsolute(name) && isBelowOne)) throw outside(name);
    return [path.resolve(options.folder, name)];
  };
  const find = (name: string): string | undefined => {
    for (const candidate of candidates(name)) {
      const found = permittedFile(candidate, folders, anywhere);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const list = (name: string): readonly string[] | undefined => {
    const folder = candidates(name).find((each) => isPermittedFolder(each, folders, anywhere));
    return folder === undefined ? undefined : filesBelow(folder);
  };
  const startLoader = loaderStarter();
  const onDownload = options.onDownload;
  return {
    find,
    list,
    places: [
      ...folders.map((folder) => (isFile(folder) ? `${folder} (which is a file)` : folder)),
      ...(named ? [] : ["a folder that the environment variable DLM_DATA names"]),
    ],
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
    readPicture,
    pictureSize,
    ...(startLoader === undefined ? {} : { startLoader, cores: availableParallelism() }),
    ...(onDownload === undefined
      ? {}
      : {
          download: (request) => download({ ...request, onDownload, cache }),
        }),
  };
}

/** Files below a folder. Links to folders are not followed: they might lead out, or round in a circle. */
function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  const visit = (below: string): void => {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const each = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) visit(each);
      else found.push(each);
    }
  };
  try {
    visit("");
  } catch (cause) {
    throw fileError(`cannot look into ${folder}`, cause);
  }
  return found.sort();
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false; // absent, or in a folder that may not be looked into
  }
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
