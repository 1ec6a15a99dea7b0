// Unpacking gzip files in Node.

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { gzipError } from "../data/bytes.ts";
import { UserError } from "../errors.ts";
import type { Unpacked } from "../host.ts";
import { fileError } from "./files.ts";

/** Unpacks into one array of the announced length: a training's memory is planned, and packed copies or pieces waiting
 *  for the garbage collector would add to it. */
export async function unpack(file: string, bytes: number): Promise<Unpacked> {
  const hash = createHash("sha256");
  // Node unpacks into buffers of this size and gives pieces of them. One that is larger than the whole holds all the
  // pieces side by side; the byte more shows a file that is too long, and fills no second buffer.
  const gunzip = createGunzip({ chunkSize: Math.max(64, bytes + 1) });
  const pieces: Buffer[] = [];
  let length = 0;
  let packedBytes = 0;
  gunzip.on("data", (piece: Buffer) => {
    length += piece.length;
    if (length <= bytes) pieces.push(piece);
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
  return { bytes: join(pieces, bytes), packedBytes, sha256: hash.digest("hex") };
}

/** One array of all pieces; without copying where they lie side by side. */
function join(pieces: readonly Buffer[], bytes: number): Uint8Array {
  const [first] = pieces;
  if (first === undefined) return new Uint8Array(0);
  let end = first.byteOffset;
  for (const piece of pieces) {
    if (piece.buffer !== first.buffer || piece.byteOffset !== end) return Buffer.concat(pieces);
    end += piece.length;
  }
  return new Uint8Array(first.buffer, first.byteOffset, bytes);
}
