// Which values are stored. Everything else is free (index arithmetic) or cheap (computed again at each reader).

import { elementBytes, sizeOf } from "../../runtime/types.ts";
import type { Node } from "../ir/graph.ts";
import { numbersOf, shapeOf } from "./attributes.ts";
import { isScalarOp } from "./elements.ts";
import { cheapWork, workOf } from "../ops/work.ts";
import { shortTable } from "./tables.ts";
import { placedConcats } from "./concat.ts";
import type { LoopTable } from "./loops.ts";
import { repeatedValues } from "./repetition.ts";
import { inputOf, type ValueKind } from "./values.ts";

export interface StorageRequest {
  /** Nodes that outputs need, each after its inputs. */
  readonly order: readonly Node[];
  readonly users: ReadonlyMap<Node, readonly Node[]>;
  /** Nodes that the caller reads. */
  readonly wanted: ReadonlySet<Node>;
  /** False: every pointwise value is stored. */
  readonly fuse: boolean;
  readonly loops: LoopTable;
  readonly choices: Choices;
}

/** Decisions about pointwise values against the rules, because they save traffic. */
export interface Choices {
  /** Not stored although they could be. */
  readonly dropped: ReadonlySet<Node>;
  /** Stored although they are cheap. */
  readonly kept: ReadonlySet<Node>;
}

export const noChoices: Choices = { dropped: new Set(), kept: new Set() };

/** The kind of kernel that a node needs for itself, if it is never merely index arithmetic or pointwise. */
export function headKind(node: Node): ValueKind | undefined {
  switch (node.op) {
    case "input":
      return "input";
    case "scan_carry":
    case "scan_stack":
    case "scan_last":
      return "rows";
    case "reduce":
    case "argmax": {
      const shape = shapeOf(inputOf(node, 0));
      return numbersOf(node.attrs["axes"]).some((d) => shape[d] !== 1) ? "reduce" : undefined;
    }
    case "contract": {
      const sizes = numbersOf(node.attrs["sizes"]);
      const out = numbersOf(node.attrs["out"]);
      return sizes.some((n, axis) => n !== 1 && !out.includes(axis)) ? "contract" : undefined;
    }
    case "scatter_add":
      return "scatter";
    default:
      return undefined;
  }
}

export function isPointwise(node: Node): boolean {
  return isScalarOp(node.op) || node.op === "random" || node.op === "contract";
}

/** What it costs to compute a value again at a reader. */
export interface Expansion {
  readonly work: number;
  /** Stored nodes that the expansion reads. */
  readonly reads: ReadonlySet<Node>;
}

export interface Storage {
  /** Nodes that get memory of their own. */
  readonly stored: ReadonlySet<Node>;
  readonly expansions: ReadonlyMap<Node, Expansion>;
  /** Stored concatenations into which their operands are written. */
  readonly placed: ReadonlySet<Node>;
}

/** The rules in turn; each may change what the earlier ones saw, so the walk is repeated with what it decided. */
export function chooseStored(request: StorageRequest): Storage {
  const { order, users, wanted } = request;
  if (!request.fuse) return { ...storeBy(request, new Set()), placed: new Set() };
  let forced = promotions(request);
  let found = storeBy(request, forced);
  const repeated = repeatedValues(order, users, found.stored, found.expansions);
  if (repeated.size > 0) {
    forced = new Set([...forced, ...repeated]);
    found = storeBy(request, forced);
  }
  let placed = placedConcats(order, found.stored, wanted, request.loops);
  if (placed.size > 0) {
    found = storeBy(request, new Set([...forced, ...placed]));
    // Reading the whole instead of the parts may have made an operand cheap.
    placed = placedConcats([...placed], found.stored, wanted, request.loops);
  }
  return { ...found, placed };
}

/** One walk in topological order; `forced` are stored in any case. */
function storeBy(request: StorageRequest, forced: ReadonlySet<Node>): Omit<Storage, "placed"> {
  const stored = new Set<Node>();
  const expansions = new Map<Node, Expansion>();
  for (const node of request.order) {
    const expansion = expansionOf(node, expansions);
    if (isStored(node, expansion, request, forced)) {
      stored.add(node);
      expansions.set(node, { work: 0, reads: new Set([node]) });
    } else {
      expansions.set(node, expansion);
    }
  }
  return { stored, expansions };
}

function isStored(
  node: Node,
  expansion: Expansion,
  request: StorageRequest,
  forced: ReadonlySet<Node>,
): boolean {
  if (node.op === "scan_end") return false;
  if (request.wanted.has(node) || headKind(node) !== undefined || forced.has(node)) return true;
  if (node.op === "constant") return longTable(node);
  if (!isPointwise(node)) return false;
  if (!request.fuse || request.choices.kept.has(node)) return true;
  if (request.choices.dropped.has(node) || onlyReduced(node, request)) return false;
  if (onlyNarrowed(node, request)) return false;
  if (expansion.work > cheapWork) return true;
  const size = sizeOf(shapeOf(node));
  let large = 0;
  for (const read of expansion.reads) if (sizeOf(shapeOf(read)) * 2 >= size) large += 1;
  return size > 1 && large > 1;
}

function expansionOf(node: Node, expansions: ReadonlyMap<Node, Expansion>): Expansion {
  let work = workOf(node.op);
  const [only] = node.inputs;
  const single = only && expansions.get(only);
  if (node.inputs.length === 1 && single) return { work: work + single.work, reads: single.reads };
  const reads = new Set<Node>();
  for (const input of new Set(node.inputs)) {
    const known = expansions.get(input);
    work += known?.work ?? 0;
    for (const read of known?.reads ?? []) reads.add(read);
  }
  return { work, reads };
}

/** The value's only reader holds the same numbers in fewer bytes: that is stored instead. */
function onlyNarrowed(node: Node, { users }: StorageRequest): boolean {
  const [reader, ...others] = users.get(node) ?? [];
  if (!reader || others.length > 0 || reader.op !== "cast") return false;
  return elementBytes[reader.type.dtype] < elementBytes[node.type.dtype];
}

/** The value's only reader is a reduction that reads each element once. */
function onlyReduced(node: Node, { users }: StorageRequest): boolean {
  for (let at = node; ;) {
    const [reader, ...others] = users.get(at) ?? [];
    if (!reader || others.length > 0) return false;
    if (reader.op === "reduce" || reader.op === "argmax") return headKind(reader) !== undefined;
    if (reader.op !== "reshape" && reader.op !== "stop_gradient") return false;
    at = reader;
  }
}

/**
 * Cheap values that take the place of the head that they are made of: when everything that reads a contraction or a
 * reduction reads it through one value of its size (a bias added), that value is stored and the head is not.
 */
function promotions({ order, users, wanted }: StorageRequest): Set<Node> {
  const promoted = new Set<Node>();
  for (const head of order) {
    const kind = headKind(head);
    if (kind === undefined || kind === "input" || kind === "rows" || kind === "scatter") continue;
    if (wanted.has(head)) continue;
    const size = sizeOf(shapeOf(head));
    let at = head;
    for (;;) {
      const [reader, ...others] = users.get(at) ?? [];
      if (
        !reader ||
        others.length > 0 ||
        !isScalarOp(reader.op) ||
        isWidened(at, reader) ||
        sizeOf(shapeOf(reader)) !== size
      )
        break;
      const rest = reader.inputs.filter((input) => input !== at);
      if (rest.some((input) => sourceSize(input) * 2 >= size && size > 1)) break;
      at = reader;
      if (wanted.has(at)) break;
    }
    if (at !== head) promoted.add(at);
  }
  return promoted;
}

/** The same number in more bytes. */
function isWidened({ type }: Node, reader: Node): boolean {
  return type.dtype === "f16" && reader.op === "cast" && reader.type.dtype === "f32";
}

/** Elements of what a chain of views reads: a broadcast bias is small although its type is not. */
function sourceSize(node: Node): number {
  let at = node;
  while (at.op === "view" || at.op === "reshape" || at.op === "stop_gradient") {
    const [source] = at.inputs;
    if (!source) break;
    at = source;
  }
  return at.op === "constant" || at.op === "iota" ? 0 : sizeOf(shapeOf(at));
}

function longTable(node: Node): boolean {
  const { values } = node.attrs;
  if (!Array.isArray(values) || values.length <= shortTable) return false;
  return values.some((value) => !Object.is(value, values[0]));
}
