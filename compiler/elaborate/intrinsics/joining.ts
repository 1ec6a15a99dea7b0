// Putting tensors together and taking them apart along an axis.

import { add, compare, divideExactly, formatDim, type Dim } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { emitValue, report } from "../context.ts";
import { castNode, higher, toTensor } from "../tensors.ts";
import { counted, describeValue } from "../text.ts";
import { errorValue, int, tuple, type Value } from "../values.ts";
import {
  input,
  inputName,
  setting,
  settingSpan,
  type Intrinsic,
  type IntrinsicCall,
} from "./define.ts";
import { readAxis, tensorInputOf } from "./read.ts";

/** The tensors of a list, in the element type in which they meet. */
function parts(call: IntrinsicCall): Node[] | undefined {
  const { ctx, span } = call;
  const value = input(call, 0);
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : undefined;
  if (!items || items.length === 0) {
    if (value.kind !== "error")
      report(ctx, "wrong-kind", span, {
        what: inputName(call, "xs"),
        wanted: "a list of tensors",
        found: describeValue(value),
      });
    return undefined;
  }
  const nodes: Node[] = [];
  for (const item of items) {
    const node = toTensor(ctx, span, item, undefined, `an element of ${inputName(call, "xs")}`);
    if (!node) return undefined;
    nodes.push(node);
  }
  const dtype = nodes.map((node) => node.type.dtype).reduce(higher);
  const converted: Node[] = [];
  for (const node of nodes) {
    const one = castNode(ctx, span, node, dtype);
    if (!one) return undefined;
    converted.push(one);
  }
  return converted;
}

const concat: Intrinsic = {
  name: "concat",
  settings: [{ name: "axis", default: int(0) }],
  inputs: ["xs"],
  build: (call) => {
    const nodes = parts(call);
    const [first] = nodes ?? [];
    if (!nodes || !first) return errorValue;
    const axis = readAxis(call, "axis", first.type.shape.length, first.type.shape);
    return axis === undefined
      ? errorValue
      : emitValue(call.ctx, call.span, "concat", nodes, { axis });
  },
};

const stack: Intrinsic = {
  name: "stack",
  settings: [{ name: "axis", default: int(0) }],
  inputs: ["xs"],
  build: (call) => {
    const nodes = parts(call);
    const [first] = nodes ?? [];
    if (!nodes || !first) return errorValue;
    const axis = readAxis(call, "axis", first.type.shape.length + 1, first.type.shape);
    return axis === undefined
      ? errorValue
      : emitValue(call.ctx, call.span, "stack", nodes, { axis });
  },
};

const split: Intrinsic = {
  name: "split",
  settings: [{ name: "parts" }, { name: "axis", default: int(-1) }],
  inputs: ["x"],
  build: (call) => {
    const { ctx, span } = call;
    const node = tensorInputOf(call);
    const axis = node && readAxis(call, "axis", node.type.shape.length, node.type.shape);
    if (!node || axis === undefined) return errorValue;
    const size = node.type.shape[axis] ?? 1;
    const sizes = partSizes(call, size);
    if (!sizes) return errorValue;
    const pieces: Value[] = [];
    let start: Dim = 0;
    for (const length of sizes) {
      const ranges = node.type.shape.map((whole, i) =>
        i === axis ? [start, length, 1] : [0, whole, 1],
      );
      const piece = emitValue(ctx, span, "slice", [node], { ranges });
      if (piece.kind === "error") return piece;
      pieces.push(piece);
      start = add(start, length);
    }
    return tuple(pieces);
  },
};

function partSizes(call: IntrinsicCall, size: Dim): Dim[] | undefined {
  const { ctx } = call;
  const value = setting(call, "parts");
  const span = settingSpan(call, "parts");
  if (value.kind === "int" && typeof value.value === "number" && value.value > 0) {
    const one = divideExactly(size, value.value);
    const count = value.value;
    if (one !== undefined && count <= 4096) return Array.from({ length: count }, () => one);
    report(
      ctx,
      "uneven-division",
      span,
      { dividend: formatDim(size), divisor: String(count) },
      {
        notes: [
          { message: `\`split\` makes ${counted(count, "part")} of an axis of ${formatDim(size)}` },
        ],
      },
    );
    return undefined;
  }
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : [];
  const sizes = items.flatMap((item) => (item.kind === "int" ? [item.value] : []));
  if (sizes.length === 0 || sizes.length !== items.length) {
    report(ctx, "wrong-kind", span, {
      what: "the setting `parts` of `split`",
      wanted: "a number of parts or a list of sizes",
      found: describeValue(value),
    });
    return undefined;
  }
  const total = sizes.reduce<Dim>(add, 0);
  if (compare(total, size) !== "different") return sizes;
  report(ctx, "shape-mismatch", span, {
    what: "the parts of `split`",
    left: sizes.map(formatDim).join(" + "),
    right: formatDim(size),
  });
  return undefined;
}

export const joiningIntrinsics: readonly Intrinsic[] = [concat, stack, split];
