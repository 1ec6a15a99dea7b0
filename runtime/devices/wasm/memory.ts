// The one memory of a session: as large as its largest program needs, growing without losing what it holds.

import { UserError } from "../../errors.ts";
import { pageBytes, pagesFor } from "./layout.ts";

/** Pages to which a memory may grow. The engine reserves addresses for all of them, but no memory; where a machine
 *  limits addresses too, less must do. */
const maxima = [65536, 32768, 16384, 8192, 4096, 2048, 1024, 512, 256];

export function createMemory(bytes: number, shared: boolean): WebAssembly.Memory {
  const initial = checkedPages(bytes);
  for (const maximum of maxima) {
    if (maximum < initial) break;
    try {
      return new WebAssembly.Memory({ initial, maximum, shared });
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
    }
  }
  throw noRoom(bytes);
}

/** Makes room for so many bytes; whether the memory grew. */
export function growMemory(memory: WebAssembly.Memory, bytes: number): boolean {
  const pages = checkedPages(bytes) - memory.buffer.byteLength / pageBytes;
  if (pages <= 0) return false;
  try {
    memory.grow(pages);
    return true;
  } catch (thrown) {
    if (thrown instanceof RangeError) throw noRoom(bytes);
    throw thrown;
  }
}

function checkedPages(bytes: number): number {
  const pages = pagesFor(bytes);
  if (pages > 65536) {
    throw new UserError(
      `this program needs ${mebibytes(bytes)} of memory; WebAssembly has 4096 MiB at most`,
      {
        help: "take a smaller batch (--set batch=…)",
      },
    );
  }
  return pages;
}

function noRoom(bytes: number): UserError {
  return new UserError(
    `this program needs ${mebibytes(bytes)} in one piece, more than the engine gives`,
    { help: "take a smaller batch (--set batch=…)" },
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
