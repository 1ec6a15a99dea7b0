// Weights by name out of a safetensors file: which fit, which do not and why, in one message.

import { UserError } from "../errors.ts";
import { sizeOf, type DType, type Tensor } from "../types.ts";
import {
  readSafetensorsHeader,
  readTensor,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors.ts";
import { fromHalfs } from "./stored-types.ts";

/** A tensor of the program that is to come out of the file. */
export interface WantedTensor {
  readonly path: string;
  /** The path as messages tell it. */
  readonly shown: string;
  /** In the file. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** For each axis, its place among those of the file's tensor; as they stand where absent. */
  readonly axes?: readonly number[];
}

export interface FoundWeights {
  /** By path, in the program's order of axes. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Element types of the file, as `BF16`, that were converted to the model's. */
  readonly converted: readonly string[];
  /** Names of the file that nothing took. */
  readonly unused: readonly string[];
}

export interface WeightsRequest {
  readonly wanted: readonly WantedTensor[];
  /** Name of the model, for messages. */
  readonly model: string;
  /** The file, and where the program asks for it. */
  readonly path: string;
  readonly place: string;
}

/** Everything that is wanted; all that does not fit is one UserError. */
export function findWeights(bytes: Uint8Array, request: WeightsRequest): FoundWeights {
  const { wanted, path } = request;
  const header = readSafetensorsHeader(bytes, bytes.length, path);
  const taken = new Set(wanted.map(({ name }) => name));
  const unused = [...header.entries.keys()].filter((name) => !taken.has(name));
  const problems = wanted.flatMap((each) => problemOf(each, header, unused) ?? []);
  if (problems.length > 0) throw misfit(request, problems, header);
  const tensors = new Map<string, Tensor>();
  const converted = new Set<string>();
  for (const each of wanted) {
    const entry = header.entries.get(each.name);
    if (!entry) continue;
    const read = inSingle(readTensor(bytes, entry, each.name, path), each);
    if (each.dtype === "f32" && entry.stored !== "F32") converted.add(entry.stored);
    tensors.set(each.path, each.axes ? permute(read, each.axes) : read);
  }
  return { tensors, unused, converted: [...converted].sort() };
}

/** Half precision as single, where the model wants that. */
function inSingle(read: Tensor, { dtype }: WantedTensor): Tensor {
  if (read.dtype !== "f16" || dtype !== "f32") return read;
  return { ...read, dtype, data: fromHalfs(read.data) };
}

interface Problem {
  readonly kind: "missing" | "shape" | "type";
  readonly shown: string;
  readonly text: string;
}

function problemOf(
  wanted: WantedTensor,
  { entries }: SafetensorsHeader,
  unused: readonly string[],
): Problem | undefined {
  const { shown, name, dtype } = wanted;
  const entry = entries.get(name);
  const shape = shapeInFile(wanted);
  const as = name === shown ? shown : `${shown}, there ${name},`;
  if (!entry) {
    const near = nearest(name, shape, unused, entries);
    const text = `${as} ${list(shape)} is not in the file${near === undefined ? "" : `; is ${near} meant?`}`;
    return { kind: "missing", shown, text };
  }
  if (entry.shape.join() !== shape.join()) {
    const turned = [...entry.shape].reverse().join() === shape.join() && shape.length > 1;
    const hint = turned ? "; its axes stand the other way round: `layout` turns them" : "";
    const text = `${as} is ${list(entry.shape)} in the file, the model wants ${list(shape)}${hint}`;
    return { kind: "shape", shown, text };
  }
  if (entry.dtype !== dtype && !(entry.dtype === "f16" && dtype === "f32")) {
    const text = `${as} is ${entry.dtype} in the file, the model wants ${dtype}`;
    return { kind: "type", shown, text };
  }
  return undefined;
}

function shapeInFile({ shape, axes }: WantedTensor): readonly number[] {
  if (!axes) return shape;
  const stored = [...shape];
  axes.forEach((from, axis) => (stored[from] = shape[axis] ?? 1));
  return stored;
}

/** The unused tensor of the same shape whose name shares the most last parts, if any is shared. */
function nearest(
  name: string,
  shape: readonly number[],
  unused: readonly string[],
  entries: ReadonlyMap<string, TensorEntry>,
): string | undefined {
  const parts = name.split(/[./]/).reverse();
  let best: string | undefined;
  let most = 0;
  for (const candidate of unused) {
    if (entries.get(candidate)?.shape.join() !== shape.join()) continue;
    const others = candidate.split(/[./]/).reverse();
    const differs = parts.findIndex((part, i) => part !== others[i]);
    const shared = differs < 0 ? parts.length : differs;
    if (shared > most) [best, most] = [candidate, shared];
  }
  return best;
}

/** At most so many lines of one message. */
const shownProblems = 12;

function misfit(
  { model, path, place, wanted }: WeightsRequest,
  problems: readonly Problem[],
  { entries }: SafetensorsHeader,
): UserError {
  const lines = problems.slice(0, shownProblems).map(({ text }) => `\n  ${text}`);
  const more = problems.length - lines.length;
  const rest = more > 0 ? `\n  and ${more} more` : "";
  const names = [...entries.keys()];
  const has = `the file has ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`;
  const isMissing = problems.some(({ kind }) => kind === "missing");
  const advice = [
    ...(isMissing ? ['`rename = { "here" = "in the file" }` gives the names of the file'] : []),
    '`fresh = ["…"]` leaves what fits a pattern to its initial values',
  ];
  return new UserError(
    `${problems.length} of ${wanted.length} tensors of ${model} do not fit the weights in ${path}:${lines.join("")}${rest}`,
    { place, help: `${advice.join("; ")}${isMissing ? `; ${has}` : ""}` },
  );
}

function list(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** A tensor whose axis i is the axis `axes[i]` of the other. */
function permute({ dtype, shape, data }: Tensor, axes: readonly number[]): Tensor {
  const turned = axes.map((axis) => shape[axis] ?? 1);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const steps = axes.map((axis) => strides[axis] ?? 1);
  const result = data.slice();
  const index = turned.map(() => 0);
  let from = 0;
  for (let at = 0; at < result.length; at++) {
    result[at] = data[from] ?? 0;
    for (let axis = turned.length - 1; axis >= 0; axis--) {
      from += steps[axis] ?? 0;
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (turned[axis] ?? 1)) break;
      from -= (steps[axis] ?? 0) * (turned[axis] ?? 1);
      index[axis] = 0;
    }
  }
  return { dtype, shape: turned, data: result };
}
