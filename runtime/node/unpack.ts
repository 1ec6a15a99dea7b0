// Unpacking gzip files in Node.

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { gzipError } from "../data/bytes.ts";
import { UserError } from "../errors.ts";
import type { Unpacked } from "../host.ts";
import { fileError } from "./files.ts";

/** Unpacks through small buffers into one array of the announced length: a training's memory is planned, and
 *  packed copies waiting for the garbage collector would add to it. */
export async function unpack(file: string, bytes: number): Promise<Unpacked> {
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
