// Updates of persistent tensors: in place where no reader of the old value comes after the writer, else by a copy at
// the end of the run.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Named } from "../../runtime/artifact.ts";
import type { Access } from "./access.ts";
import type { ValueTable } from "./groups.ts";
import { mayOverwrite } from "./in-place.ts";
import type { Kernel, ValueId } from "./kernel.ts";
import { addEdge, reaches, type Dependencies } from "./order.ts";
import { inputName, type Outputs } from "./outputs.ts";
import { bytesOf, type Value } from "./values.ts";

export interface UpdateRequest {
  readonly table: ValueTable;
  readonly outputs: Outputs;
  /** Undefined for a loop: what loops write is copied. */
  readonly kernels: readonly (Kernel | undefined)[];
  readonly accesses: readonly Access[];
  /** Gets the edges that the updates in place ask for. */
  readonly edges: Dependencies;
  readonly tensors: ReadonlyMap<string, Named>;
  readonly inPlace: boolean;
}

export interface Updates {
  /** Values that lie in the persistent region: what is there at the start, and updates in place. */
  readonly homes: ReadonlyMap<ValueId, Named>;
  readonly copies: readonly { readonly from: ValueId; readonly to: Named }[];
}

const persistentRoles: ReadonlySet<unknown> = new Set([
  "parameter",
  "state",
  "optimizer",
  "metric",
  "fitted",
  "frozen",
  "decode",
]);

export function planUpdates(request: UpdateRequest): Updates {
  const { table, outputs, accesses } = request;
  const homes = new Map<ValueId, Named>();
  const oldValues = new Map<string, Value>();
  for (const value of table.byId.values()) {
    if (value.kind !== "input" || !persistentRoles.has(value.node.attrs["role"])) continue;
    const path = inputName(value.node) ?? "";
    oldValues.set(path, value);
    homes.set(value.id, tensorFor(request.tensors, path, value));
  }
  const copies: { from: ValueId; to: Named }[] = [];
  const writers = new Map<ValueId, number>();
  const readers = new Map<ValueId, number[]>();
  accesses.forEach(({ reads, writes }, kernel) => {
    for (const id of writes) writers.set(id, kernel);
    for (const id of reads) readers.set(id, [...(readers.get(id) ?? []), kernel]);
  });
  const placed = new Set([...table.parts.values()].flat());
  for (const { path, node } of outputs.updates) {
    const value = table.byNode.get(node);
    if (!value) throw new InternalError(`the update of ${path} is not stored`);
    const tensor = tensorFor(request.tensors, path, value);
    const free =
      request.inPlace && !homes.has(value.id) && !placed.has(value.id) && value.kind !== "parts";
    if (free && claim(request, value, oldValues.get(path), writers, readers))
      homes.set(value.id, tensor);
    else if (bytesOf(value) > 0) copies.push({ from: value.id, to: tensor });
  }
  return { homes, copies };
}

/** Orders the writer after all readers of the old value, if that is possible and safe. */
function claim(
  { kernels, edges }: UpdateRequest,
  value: Value,
  old: Value | undefined,
  writers: ReadonlyMap<ValueId, number>,
  readers: ReadonlyMap<ValueId, readonly number[]>,
): boolean {
  const writer = writers.get(value.id);
  const kernel = writer === undefined ? undefined : kernels[writer];
  if (writer === undefined || !kernel) return false;
  if (!old) return true;
  const before = (readers.get(old.id) ?? []).filter((reader) => reader !== writer);
  if (!mayOverwrite(kernel, value, old) || reaches(edges, writer, new Set(before))) return false;
  for (const reader of before) addEdge(edges, reader, writer);
  return true;
}

function tensorFor(tensors: ReadonlyMap<string, Named>, path: string, value: Value): Named {
  const tensor = tensors.get(path);
  if (!tensor) throw new InternalError(`${path} has no place among the persistent tensors`);
  const typeText = (dtype: string, shape: readonly number[]): string =>
    `${dtype}[${shape.join(", ")}]`;
  const [own, given] = [typeText(tensor.dtype, tensor.shape), typeText(value.dtype, value.shape)];
  if (own !== given) throw new InternalError(`${path} is ${own}, not ${given}`);
  return tensor;
}
