// Bytes of data files: hashes and gzip, in a browser and in Node alike.

import { UserError } from "../errors.ts";
import type { DataHost } from "../host.ts";

/** SHA-256 in hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether bytes begin as a gzip file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Unpacks gzip to at most `limit` bytes. A UserError names the file if it is cut, damaged or longer. */
export async function gunzip(
  host: DataHost,
  path: string,
  bytes: Uint8Array,
  limit: number,
): Promise<Uint8Array> {
  try {
    return host.gunzip ? host.gunzip(bytes, limit) : await gunzipStream(bytes, limit);
  } catch (cause) {
    throw gzipError(path, cause);
  }
}

/** The error for gzip data that cannot be unpacked. */
export function gzipError(path: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  return new UserError("the gzip data are cut off or damaged", {
    place: path,
    help: "fetch the file again",
    cause,
  });
}

async function gunzipStream(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new Error("longer than announced");
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
