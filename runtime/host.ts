// The only way to files. The compiler and the readers ask a Host; the command line gives one over a folder, a page
// gives one over memory.

import type { Picture } from "./data/fit-image.ts";
import type { WorkerEvents, WorkerHandle } from "./worker.ts";

export interface Host {
  /** Text of a source file by its path, or undefined if there is none. Synchronous: sources are small. */
  readText(path: string): string | undefined;
  /** Resolves `specifier`, written in the file `from`, to the path of a source file; undefined if it may not be read or is not there. */
  resolve(specifier: string, from: string): string | undefined;
  /** Why `resolve` gave nothing although a file is there: it may not be read. For the help of a diagnostic. */
  refusal?(specifier: string, from: string): string | undefined;
}

/** Where data live. Names are looked up beside the model file, in `$DLM_DATA`, in the user's cache. */
export interface DataHost {
  /** Path of a file of a dataset, or undefined. `name` may hold a folder. Never outside the permitted folders. */
  find(name: string): string | undefined;
  /** Files directly in a folder and in those below it, as paths relative to it with `/`, ascending by code unit;
   *  undefined where there is no such folder. It is looked up as `find` looks up a file. */
  list(name: string): readonly string[] | undefined;
  read(path: string): Promise<Uint8Array>;
  readSync(path: string): Uint8Array;
  /** Places that `find` looked at, for the message. */
  readonly places: readonly string[];
  /** Downloads into the cache after telling what and how large; undefined when offline or not permitted. */
  download?(request: { url: string; sha256: string; bytes: number; name: string }): Promise<string>;
  /** Starts a thread that makes batches (`data/loader-thread.ts`), reading files as this host does. Absent where there are
   *  no threads that share memory. */
  readonly startLoader?: (events: WorkerEvents) => WorkerHandle;
  /** Cores that this process may use, for the number of such threads; 1 where absent. */
  readonly cores?: number;
  /** Decodes a PNG or JPEG file; absent where files cannot be read at once. */
  readonly readPicture?: (path: string) => Picture;
  /** Width and height of a picture file, upright, without decoding it; undefined where that cannot be told. */
  readonly pictureSize?: (
    path: string,
  ) => { readonly width: number; readonly height: number } | undefined;
  /** Length of a file in bytes. */
  size(path: string): number;
  /** At most `bytes` from the start of a file, for a look at its header. */
  readPrefix(path: string, bytes: number): Uint8Array;
  /** Unpacks gzip at once. More than `limit` bytes is an error, unless `partial`, which also forgives a cut end.
   *  Absent in a browser, where unpacking has to wait. */
  gunzip?(bytes: Uint8Array, limit: number, partial?: boolean): Uint8Array;
  /** Reads a gzip file and unpacks it to exactly as many bytes as announced, keeping no packed bytes in memory.
   *  Where absent, `read` and unpacking take its place. */
  unpack?(path: string, bytes: number): Promise<Unpacked>;
}

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** Of the packed file. */
  readonly packedBytes: number;
  readonly sha256: string;
}
