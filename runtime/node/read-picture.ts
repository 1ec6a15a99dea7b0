// Picture files in Node: PNG and JPEG of every kind, upright.

import { readFileSync } from "node:fs";
import { decode } from "jpeg-js";
import { PNG } from "pngjs";
import type { Picture } from "../data/fit-image.ts";
import { messageOf, UserError } from "../errors.ts";
import { fileError } from "./files.ts";

/** What the decoder gives; its types leave out the last. */
interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly exifBuffer?: Uint8Array;
}

/** Decodes a file; one that cannot be is a UserError that names it. */
export function readPicture(path: string): Picture {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw fileError(`cannot read ${path}`, cause);
  }
  const isPng = bytes.length > 8 && bytes.readUInt32BE(0) === 0x89504e47;
  const isJpeg = bytes.length > 3 && bytes.readUInt16BE(0) === 0xffd8;
  if (!isPng && !isJpeg) {
    throw new UserError(bytes.length === 0 ? "the file is empty" : "this is no PNG or JPEG file", {
      place: path,
      help: "convert it, or take it out of the folder",
    });
  }
  try {
    if (isPng) {
      const { width, height, data } = PNG.sync.read(bytes);
      return { width, height, rgba: data };
    }
    const { width, height, data, exifBuffer }: Decoded = decode(bytes, {
      useTArray: true,
      tolerantDecoding: false,
    });
    return upright({ width, height, rgba: data }, orientationOf(exifBuffer));
  } catch (cause) {
    throw new UserError(`the picture cannot be decoded: ${messageOf(cause)}`, {
      place: path,
      help: "it is damaged or cut off: fetch or export it again, or take it out of the folder",
      cause,
    });
  }
}

/** EXIF's orientation, 1 … 8; 1 where none is told. A TIFF header begins it, perhaps after `Exif` and zeros. */
export function orientationOf(exif: Uint8Array | undefined): number {
  if (exif === undefined) return 1;
  const start = exif.findIndex(
    (byte, i) => byte === exif[i + 1] && (byte === 0x49 || byte === 0x4d),
  );
  if (start < 0 || exif.length < start + 8) return 1;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.length - start);
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > view.byteLength) return 1;
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Turns and mirrors a picture as its orientation asks. */
export function upright(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { width, height, rgba } = picture;
  const isTurned = orientation >= 5;
  const [wide, tall] = isTurned ? [height, width] : [width, height];
  const out = new Uint8Array(rgba.length);
  // Where the pixel at (x, y) of the upright picture lies in the stored one.
  const mirrorsX = [2, 3, 7, 8].includes(orientation);
  const mirrorsY = [3, 4, 6, 7].includes(orientation);
  for (let y = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      const [u, v] = isTurned ? [y, x] : [x, y];
      const from = (mirrorsY ? height - 1 - v : v) * width + (mirrorsX ? width - 1 - u : u);
      out.set(rgba.subarray(4 * from, 4 * from + 4), 4 * (y * wide + x));
    }
  }
  return { width: wide, height: tall, rgba: out };
}
