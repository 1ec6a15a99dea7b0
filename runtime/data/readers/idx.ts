// `idx(name)`: image and label files in the format of MNIST, in a folder, behind a prefix, or one file alone.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import { gunzip, gzipError, isGzip, sha256 } from "../bytes.ts";
import { idxHeaderBytes, readIdxHeader, readIdxValues, type IdxHeader } from "../idx.ts";
import { fetchKnown } from "../fetch-known.ts";
import { knownDatasets } from "../known.ts";
import { shareArray } from "../store.ts";
import { numberColumn, type DataFile, type Part, type Table } from "../table.ts";
import type { ReaderInfo } from "../spec.ts";
import type { DType, TypedArray } from "../../types.ts";
import {
  missingFile,
  textArgument,
  type Arguments,
  type OpenContext,
  type Reader,
} from "./reader.ts";

export const idx: Reader = {
  name: "idx",
  parameters: [{ name: "name", type: "string" }],
  info: describe,
  open,
};

/** What a part's files may be called; `t10k` is MNIST's word for test. */
const partNames = { train: ["train"], test: ["t10k", "test"] } as const;
const fileNames = {
  images: ["images-idx3-ubyte", "images.idx3-ubyte"],
  labels: ["labels-idx1-ubyte", "labels.idx1-ubyte"],
} as const;

type PartName = keyof typeof partNames;
type FileKind = keyof typeof fileNames;

function find(host: DataHost, name: string, part: PartName, kind: FileKind): string | undefined {
  for (const before of [`${name}/`, name, `${name}-`]) {
    for (const prefix of partNames[part]) {
      for (const ending of fileNames[kind]) {
        const file = `${before}${prefix}-${ending}`;
        const found = host.find(file) ?? host.find(`${file}.gz`);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

function describe(args: Arguments, host: DataHost): ReaderInfo | undefined {
  const name = textArgument(args, "name");
  const images = find(host, name, "train", "images");
  if (images !== undefined) {
    const header = peek(host, images);
    if (header !== undefined) {
      const image = { name: "image", type: header.element.dtype, shape: imageShape(header) };
      return { columns: [image, labelInfo], complete: true };
    }
  }
  const known = knownDatasets.get(name);
  if (known !== undefined) {
    const image = { name: "image", type: "u8" as const, shape: known.imageShape };
    return { columns: [image, labelInfo], complete: true, examples: known.examples };
  }
  const single = images === undefined ? host.find(name) : undefined;
  const header = single === undefined ? undefined : peek(host, single);
  if (header !== undefined) {
    const { dtype } = header.element;
    const [column, type, shape] = singleColumn(header, dtype);
    return {
      columns: [{ name: column, type, shape }],
      complete: true,
      examples: header.shape[0] ?? 0,
    };
  }
  const image = { name: "image", type: "u8" as const, shape: [1, "height", "width"] };
  return { columns: [image, labelInfo], complete: false };
}

const labelInfo = { name: "label", type: "i32", shape: [] } as const;

/** The header alone; undefined where gzip cannot be unpacked at once. */
function peek(host: DataHost, path: string): IdxHeader | undefined {
  const start = host.readPrefix(path, 4096);
  if (!isGzip(start)) return readIdxHeader(start.subarray(0, idxHeaderBytes), path);
  if (host.gunzip === undefined) return undefined;
  let unpacked: Uint8Array;
  try {
    unpacked = host.gunzip(start, 2 ** 24, true);
  } catch (cause) {
    throw gzipError(path, cause);
  }
  return readIdxHeader(unpacked.subarray(0, idxHeaderBytes), path);
}

/** Without the first axis; a plane of pixels gets a channel axis in front. */
function imageShape(header: IdxHeader): readonly number[] {
  const shape = header.shape.slice(1);
  return shape.length === 2 ? [1, ...shape] : shape;
}

function singleColumn(
  header: IdxHeader,
  dtype: DType,
): readonly [name: string, dtype: DType, shape: readonly number[]] {
  if (header.shape.length === 1) return ["label", "i32", []];
  return [header.shape.length > 2 ? "image" : "features", dtype, imageShape(header)];
}

/** Deflate's best: 258 bytes for two bits. */
const largestGzipRatio = 1032;

interface Loaded {
  readonly path: string;
  readonly header: IdxHeader;
  readonly values: TypedArray;
  readonly file: DataFile;
}

async function load(host: DataHost, path: string): Promise<Loaded> {
  const { bytes, file } = isGzip(host.readPrefix(path, 2))
    ? await loadPacked(host, path)
    : await loadPlain(host, path);
  const header = readIdxHeader(bytes.subarray(0, idxHeaderBytes), path);
  return { path, header, values: shareArray(readIdxValues(bytes, header, path)), file };
}

interface Bytes {
  readonly bytes: Uint8Array;
  readonly file: DataFile;
}

async function loadPlain(host: DataHost, path: string): Promise<Bytes> {
  const bytes = await host.read(path);
  return { bytes, file: { path, bytes: bytes.length, sha256: await sha256(bytes) } };
}

/** Looks at the header before the rest is unpacked, so that memory is bounded by what it may truly announce. */
async function loadPacked(host: DataHost, path: string): Promise<Bytes> {
  const possible = host.size(path) * largestGzipRatio;
  const announced = peek(host, path)?.bytes;
  if (announced !== undefined && announced > possible) {
    throw new UserError(
      `the header announces ${announced} bytes, more than ${host.size(path)} packed bytes can hold`,
      { place: path },
    );
  }
  if (host.unpack !== undefined && announced !== undefined) {
    const { bytes, packedBytes, sha256 } = await host.unpack(path, announced);
    return { bytes, file: { path, bytes: packedBytes, sha256 } };
  }
  const { bytes: stored, file } = await loadPlain(host, path);
  return { bytes: await gunzip(host, path, stored, announced ?? possible), file };
}

async function open(args: Arguments, host: DataHost, context: OpenContext): Promise<Table> {
  const name = textArgument(args, "name");
  await fetchKnown(host, name, context);
  const trainImages = find(host, name, "train", "images");
  if (trainImages === undefined) {
    const single = host.find(name);
    if (single !== undefined) return openSingle(await load(host, single));
    throw missingFile(`${name}/train-images-idx3-ubyte.gz`, host, context.place);
  }
  const loaded: { part: Part; images: Loaded; labels: Loaded }[] = [];
  let count = 0;
  for (const part of ["train", "test"] as const) {
    const imagePath = part === "train" ? trainImages : find(host, name, part, "images");
    if (imagePath === undefined) continue; // a dataset without test files
    const labelPath = find(host, name, part, "labels");
    if (labelPath === undefined) {
      const file = `${name}/${partNames[part][0]}-labels-idx1-ubyte.gz`;
      throw missingFile(file, host, context.place);
    }
    const images = await load(host, imagePath);
    const labels = await load(host, labelPath);
    const n = images.header.shape[0] ?? 0;
    checkPair(images, labels, n);
    loaded.push({ part: { name: part, start: count, end: count + n }, images, labels });
    count += n;
  }
  return joinParts(loaded, count);
}

function checkPair(images: Loaded, labels: Loaded, n: number): void {
  if (labels.header.shape.length !== 1) {
    const shape = labels.header.shape.join(" × ");
    throw new UserError(`labels must be one number an example, not ${shape}`, {
      place: labels.path,
    });
  }
  const labelCount = labels.header.shape[0] ?? 0;
  if (labelCount !== n) {
    throw new UserError(`there are ${n} images but ${labelCount} labels`, {
      place: labels.path,
      help: `the images are in ${images.path}`,
    });
  }
  if (n === 0) throw new UserError("the file holds no examples", { place: images.path });
}

function openSingle(loaded: Loaded): Table {
  const { header, values, path } = loaded;
  const [name, dtype, shape] = singleColumn(header, header.element.dtype);
  const count = header.shape[0] ?? 0;
  return {
    count,
    parts: [{ name: "all", start: 0, end: count }],
    columns: new Map([[name, numberColumn(name, dtype, shape, values)]]),
    files: [loaded.file],
    place: (row) => `${path}, example ${row}`,
  };
}

function joinParts(
  loaded: readonly { part: Part; images: Loaded; labels: Loaded }[],
  count: number,
): Table {
  const shapes = loaded.map(({ images }) => imageShape(images.header));
  const [shape = []] = shapes;
  const [dtype = "u8"] = loaded.map(({ images }) => images.header.element.dtype);
  for (const { images } of loaded) {
    const here = imageShape(images.header);
    if (here.join() !== shape.join() || images.header.element.dtype !== dtype) {
      throw new UserError(
        `test images are ${images.header.element.dtype} ${here.join(" × ")}, training images ${dtype} ${shape.join(" × ")}`,
        { place: images.path },
      );
    }
  }
  const parts = loaded.map(({ part }) => part);
  const images = numberColumn("image", dtype, shape, ...loaded.map((l) => l.images.values));
  const labels = numberColumn("label", "i32", [], ...loaded.map((l) => l.labels.values));
  return {
    count,
    parts,
    columns: new Map([
      ["image", images],
      ["label", labels],
    ]),
    files: loaded.flatMap((l) => [l.images.file, l.labels.file]),
    place: (row) => {
      const found = loaded.find(({ part }) => row >= part.start && row < part.end);
      return found === undefined
        ? `example ${row}`
        : `${found.labels.path}, example ${row - found.part.start}`;
    },
  };
}
