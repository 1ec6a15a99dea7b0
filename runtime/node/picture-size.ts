// Width and height of a picture file from its first bytes, without decoding it.

import { closeSync, openSync, readSync } from "node:fs";
import { orientationOf } from "./read-picture.ts";

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** As far as a JPEG is searched: past a thumbnail and a colour profile. */
const mostBytes = 2 ** 18;

/** The size as the decoded picture has it, upright; undefined where the first bytes do not tell. */
export function pictureSize(path: string): PictureSize | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined; // whoever decodes it tells why
  }
  try {
    const start = readStart(file, 32);
    if (start.length > 24 && start.readUInt32BE(0) === 0x89504e47) {
      return { width: start.readUInt32BE(16), height: start.readUInt32BE(20) };
    }
    if (start.length < 4 || start.readUInt16BE(0) !== 0xffd8) return undefined;
    return jpegSize(readStart(file, mostBytes));
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

function readStart(file: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0));
}

/** Segments of a JPEG have a marker and a length; the frame's, C0 … CF but for three others, tells height and width. */
function jpegSize(bytes: Buffer): PictureSize | undefined {
  let isTurned = false;
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // fill
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    if (marker === 0xe1 && bytes.toString("latin1", at + 4, at + 8) === "Exif") {
      isTurned = orientationOf(bytes.subarray(at + 8, at + 2 + length)) >= 5;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
      return isTurned ? { width: height, height: width } : { width, height };
    }
    at += 2 + length;
  }
  return undefined;
}
