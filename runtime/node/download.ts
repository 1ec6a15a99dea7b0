// Downloading datasets into the user's cache.

import { createHash } from "node:crypto";
import path from "node:path";
import { messageOf, UserError } from "../errors.ts";
import { writeAtomically } from "./files.ts";
import { leadsOut, outside } from "./permitted.ts";

export interface DownloadProgress {
  readonly url: string;
  readonly name: string;
  /** Bytes received so far. */
  readonly received: number;
  /** Bytes of the whole. */
  readonly bytes: number;
}

export interface Download {
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly name: string;
  readonly cache: string;
  readonly onDownload: (progress: DownloadProgress) => void;
}

/** Fetches one file into the cache; it appears there only once its length and its SHA-256 are right. */
export async function download(request: Download): Promise<string> {
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
