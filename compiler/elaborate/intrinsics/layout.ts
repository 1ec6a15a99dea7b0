// Rearranging elements: shapes, axes, parts.

import { compare, divideExactly, formatDim, product, type Dim } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { emitValue, report } from "../context.ts";
import { broadcastNode, sameShape } from "../tensors.ts";
import { counted, describeValue, formatShape } from "../text.ts";
import { errorValue, int, noneValue, tensor } from "../values.ts";
import { setting, settingSpan, type Intrinsic, type IntrinsicCall } from "./define.ts";
import { readAxes, readNumber, readPairs, readPerAxis, readShape, tensorInputOf } from "./read.ts";

const reshape: Intrinsic = {
  name: "reshape",
  settings: [{ name: "shape" }],
  inputs: ["x"],
  build: (call) => {
    const node = tensorInputOf(call);
    const dims = node && reshapeDims(call, node);
    if (!node || !dims) return errorValue;
    if (sameShape(node.type.shape, dims)) return tensor(node);
    return emitValue(call.ctx, call.span, "reshape", [node], { shape: dims });
  },
};

/** The wanted shape, with `_` worked out. */
function reshapeDims(call: IntrinsicCall, node: Node): Dim[] | undefined {
  const { ctx } = call;
  const value = setting(call, "shape");
  const span = settingSpan(call, "shape");
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : undefined;
  const dims: (Dim | undefined)[] = [];
  for (const item of items ?? []) {
    if (item.kind === "hole") dims.push(undefined);
    else if (item.kind === "int" && !(typeof item.value === "number" && item.value < 0))
      dims.push(item.value);
    else {
      report(ctx, "wrong-kind", span, {
        what: "a size of `reshape`",
        wanted: "an int from 0, or one `_`",
        found: describeValue(item),
      });
      return undefined;
    }
  }
  if (!items) {
    report(ctx, "wrong-kind", span, {
      what: "the setting `shape` of `reshape`",
      wanted: "a list of ints",
      found: describeValue(value),
    });
    return undefined;
  }
  const holes = dims.filter((dim) => dim === undefined).length;
  if (holes > 1) {
    report(ctx, "value-out-of-range", span, {
      what: "the number of `_` in a shape",
      value: String(holes),
      expected: "one at most",
    });
    return undefined;
  }
  const known = product(dims.filter((dim): dim is Dim => dim !== undefined));
  const total = product(node.type.shape);
  const missing = holes === 1 ? divideExactly(total, known) : 1;
  const wanted = `[${dims.map((dim) => (dim === undefined ? "_" : formatDim(dim))).join(", ")}]`;
  const sides = { what: "reshape", left: formatShape(node.type.shape), right: wanted };
  if (missing === undefined) {
    report(ctx, "shape-mismatch", call.span, sides, {
      notes: [{ message: `${formatDim(total)} / ${formatDim(known)} does not come out even` }],
    });
    return undefined;
  }
  const full = dims.map((dim) => dim ?? missing);
  const found = compare(product(full), total);
  if (found === "different") {
    report(ctx, "shape-mismatch", call.span, sides, {
      notes: [
        { message: `${formatDim(total)} = ${formatDim(product(full))} elements does not hold` },
      ],
    });
    return undefined;
  }
  return full;
}

const transpose: Intrinsic = {
  name: "transpose",
  settings: [{ name: "axes", default: noneValue }],
  inputs: ["x"],
  build: (call) => {
    const { ctx, span } = call;
    const node = tensorInputOf(call);
    if (!node) return errorValue;
    const rank = node.type.shape.length;
    const axes = setting(call, "axes");
    if (axes.kind === "none") {
      if (rank < 2)
        return report(ctx, "rank-mismatch", span, {
          what: "`transpose`",
          expected: "at least two axes",
          found: formatShape(node.type.shape),
        });
      const perm = Array.from({ length: rank }, (_, axis) =>
        axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis,
      );
      return emitValue(ctx, span, "transpose", [node], { perm });
    }
    const items = axes.kind === "list" || axes.kind === "tuple" ? axes.items : [axes];
    const perm = items.map((item) =>
      item.kind === "int" && typeof item.value === "number"
        ? item.value < 0
          ? item.value + rank
          : item.value
        : NaN,
    );
    if (
      perm.length !== rank ||
      new Set(perm).size !== rank ||
      perm.some((axis) => !(axis >= 0 && axis < rank))
    ) {
      return report(ctx, "value-out-of-range", settingSpan(call, "axes"), {
        what: "the setting `axes` of `transpose`",
        value: `[${perm.join(", ")}]`,
        expected: `each of the ${rank} axes once`,
      });
    }
    return emitValue(ctx, span, "transpose", [node], { perm });
  },
};

const flip: Intrinsic = {
  name: "flip",
  settings: [{ name: "axis" }],
  inputs: ["x"],
  build: (call) => {
    const node = tensorInputOf(call);
    const axes = node && readAxes(call, "axis", node.type.shape.length, node.type.shape, []);
    return node && axes ? emitValue(call.ctx, call.span, "flip", [node], { axes }) : errorValue;
  },
};

const squeeze: Intrinsic = {
  name: "squeeze",
  settings: [{ name: "axis", default: noneValue }],
  inputs: ["x"],
  build: (call) => {
    const node = tensorInputOf(call);
    if (!node) return errorValue;
    const { shape } = node.type;
    const units = shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
    const axes = readAxes(call, "axis", shape.length, shape, units);
    if (!axes) return errorValue;
    return axes.length === 0
      ? tensor(node)
      : emitValue(call.ctx, call.span, "squeeze", [node], { axes });
  },
};

const unsqueeze: Intrinsic = {
  name: "unsqueeze",
  settings: [{ name: "axis" }],
  inputs: ["x"],
  build: (call) => {
    const node = tensorInputOf(call);
    if (!node) return errorValue;
    const { shape } = node.type;
    const value = setting(call, "axis");
    const count = value.kind === "list" || value.kind === "tuple" ? value.items.length : 1;
    const axes = readAxes(call, "axis", shape.length + count, shape, []);
    return axes ? emitValue(call.ctx, call.span, "unsqueeze", [node], { axes }) : errorValue;
  },
};

const expand: Intrinsic = {
  name: "expand",
  settings: [{ name: "shape" }],
  inputs: ["x"],
  build: (call) => {
    const node = tensorInputOf(call);
    const dims = readShape(call, "shape");
    const wide = node && dims && broadcastNode(call.ctx, call.span, node, dims);
    return wide ? tensor(wide) : errorValue;
  },
};

const pad: Intrinsic = {
  name: "pad",
  settings: [{ name: "widths" }, { name: "value", default: int(0) }],
  inputs: ["x"],
  build: (call) => {
    const node = tensorInputOf(call);
    const widths = setting(call, "widths");
    if (!node) return errorValue;
    if (widths.kind !== "list" && widths.kind !== "tuple") {
      return report(call.ctx, "wrong-kind", settingSpan(call, "widths"), {
        what: "the setting `widths` of `pad`",
        wanted: "a list of pairs",
        found: describeValue(widths),
      });
    }
    const rank = node.type.shape.length;
    const count = widths.items.length;
    if (count > rank)
      return report(call.ctx, "rank-mismatch", call.span, {
        what: "`pad`",
        expected: `at least ${counted(count, "axis").replace(/axiss$/, "axes")}`,
        found: formatShape(node.type.shape),
      });
    const pairs = readPairs(call, "widths", count);
    const value = readNumber(call, "value");
    if (!pairs || value === undefined) return errorValue;
    const pads = [
      ...Array.from({ length: rank - count }, (): [number, number] => [0, 0]),
      ...pairs,
    ];
    return emitValue(call.ctx, call.span, "pad", [node], { pads, value });
  },
};

const windows: Intrinsic = {
  name: "windows",
  settings: [
    { name: "kernel" },
    { name: "stride", default: int(1) },
    { name: "padding", default: int(0) },
    { name: "dilation", default: int(1) },
    { name: "fill", default: int(0) },
  ],
  inputs: ["x"],
  build: (call) => {
    const { ctx, span } = call;
    const node = tensorInputOf(call);
    const value = setting(call, "kernel");
    if (!node) return errorValue;
    const count = value.kind === "list" || value.kind === "tuple" ? value.items.length : 1;
    const rank = node.type.shape.length;
    if (count > rank)
      return report(ctx, "rank-mismatch", span, {
        what: "`windows`",
        expected: `at least ${counted(count, "axis").replace(/axiss$/, "axes")}`,
        found: formatShape(node.type.shape),
      });
    const kernel = readPerAxis(call, "kernel", count, 1);
    const stride = readPerAxis(call, "stride", count, 1);
    const dilation = readPerAxis(call, "dilation", count, 1);
    const padding = readPairs(call, "padding", count);
    const fill = readNumber(call, "fill");
    if (!kernel || !stride || !dilation || !padding || fill === undefined) return errorValue;
    const axes = Array.from({ length: count }, (_, i) => rank - count + i);
    return emitValue(ctx, span, "windows", [node], {
      axes,
      kernel,
      stride,
      padding,
      dilation,
      fill,
    });
  },
};

export const layoutIntrinsics: readonly Intrinsic[] = [
  reshape,
  transpose,
  flip,
  squeeze,
  unsqueeze,
  expand,
  pad,
  windows,
];
