// Layers: born where a recipe is named or applied, found again by place. A layer owns parameters, states and the layers
// born in its body; its path is fixed by the elaboration for training.

import type { Span } from "../../grammar/source.ts";
import type { Graph, InputRole, Origin, TensorType } from "../ir/graph.ts";
import type { BlockValue, CompositionValue, Value } from "./values.ts";

/** What runs a tree of layers, and so when their states take effect. */
export interface Root {
  readonly kind: "model" | "optimizer" | "metric" | "data" | "frozen";
  /** Role of a state here. */
  readonly stateRole: Exclude<InputRole, "field" | "scalar" | "parameter">;
  /** In order of birth. */
  readonly tensors: OwnedTensor[];
  readonly layers: Layer[];
  /** Elements of all tensors so far; open sizes count as 1. */
  elements: number;
  /** Layers may be born: false while the evaluation graph of a model is made. */
  open: boolean;
}

export interface OwnedTensor {
  readonly path: string;
  readonly name: string;
  readonly role: Exclude<InputRole, "field" | "scalar">;
  readonly type: TensorType;
  readonly initial: Graph;
  readonly origin: Origin;
  readonly span: Span;
}

export interface Layer {
  readonly root: Root;
  readonly path: string;
  /** Name of the block, `dense`; empty for a composition. */
  readonly block: string;
  /** Born after the training graph was made: it may compute, but own nothing. */
  readonly late: boolean;
  readonly span: Span;
  readonly depth: number;
  readonly parent: Layer | undefined;
  /** Repetition in which it was born; places in its body count from there. */
  readonly repetition: number;
  readonly children: Map<string, Layer>;
  readonly tensors: Map<string, OwnedTensor>;
  /** How often a name or a definition has been used for a path here. */
  readonly counts: Map<string, number>;
  /** What parameters, states and layers are called in the body, for `layer.name`. */
  readonly members: Map<string, OwnedTensor | Layer>;
  output: readonly TensorType[];
  /** The recipe as it was last applied. */
  recipe: BlockValue | CompositionValue | undefined;
}

export function newRoot(kind: Root["kind"], stateRole: Root["stateRole"]): Root {
  return { kind, stateRole, tensors: [], layers: [], elements: 0, open: true };
}

export function rootLayer(root: Root, path: string, block: string, span: Span): Layer {
  const layer = newLayer({
    root,
    path,
    block,
    span,
    late: false,
    depth: 0,
    parent: undefined,
    repetition: 0,
  });
  root.layers.push(layer);
  return layer;
}

/** The layer of this place in the owner's body, born now if it is the first time. */
export function layerAt(
  owner: Layer,
  place: string,
  names: { readonly block: string; readonly letName: string | undefined },
  span: Span,
  repetition: number,
): Layer {
  const known = owner.children.get(place);
  if (known) return known;
  const late = owner.late || !owner.root.open;
  const name = uniqueName(owner, names.letName, names.block);
  const layer = newLayer({
    root: owner.root,
    path: joinPath(owner.path, name),
    late,
    block: names.block,
    span,
    depth: owner.depth + 1,
    parent: owner,
    repetition,
  });
  owner.children.set(place, layer);
  owner.members.set(name, layer);
  if (!late) owner.root.layers.push(layer);
  return layer;
}

/** `name`, `name_1`, … for a `let`; `<definition>_0`, … without one. Never a name that is taken. */
function uniqueName(owner: Layer, letName: string | undefined, block: string): string {
  const key = letName === undefined ? `${block}_` : letName;
  for (;;) {
    const count = owner.counts.get(key) ?? 0;
    owner.counts.set(key, count + 1);
    const name =
      letName === undefined ? `${block}_${count}` : count === 0 ? letName : `${letName}_${count}`;
    if (!owner.members.has(name)) return name;
  }
}

/** The name that a parameter or state gets in its owner. */
export function tensorName(owner: Layer, name: string): string {
  return uniqueName(owner, name, "");
}

export function joinPath(owner: string, name: string): string {
  return owner === "" ? name : `${owner}.${name}`;
}

function newLayer(
  parts: Pick<
    Layer,
    "root" | "path" | "late" | "block" | "span" | "depth" | "parent" | "repetition"
  >,
): Layer {
  return {
    ...parts,
    children: new Map(),
    tensors: new Map(),
    counts: new Map(),
    members: new Map(),
    output: [],
    recipe: undefined,
  };
}

/** Is `layer` inside `other`, or the same? */
export function within(layer: Layer | undefined, other: Layer): boolean {
  for (let at = layer; at; at = at.parent) if (at === other) return true;
  return false;
}

/** Types of a result, one for each tensor in it. */
export function outputTypes(value: Value): TensorType[] {
  if (value.kind === "tensor") return [value.node.type];
  if (value.kind === "tuple" || value.kind === "list") return value.items.flatMap(outputTypes);
  return [];
}
