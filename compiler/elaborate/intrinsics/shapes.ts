// What shapes and lists tell while compiling.

import { formatDim, isOpen, multiply, product, symbol, type Dim } from "../../ir/dim.ts";
import { dimNodeValue } from "./made.ts";
import { report } from "../context.ts";
import { counted, describeValue } from "../text.ts";
import { errorValue, float, int, list, tuple, type Value } from "../values.ts";
import { input, inputName, setting, type Intrinsic, type IntrinsicCall } from "./define.ts";
import { readShape, tensorInputOf } from "./read.ts";

const size: Intrinsic = {
  name: "size",
  settings: [],
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const node = tensorInputOf(call);
    return node ? int(product(node.type.shape)) : errorValue;
  },
};

const shape: Intrinsic = {
  name: "shape",
  settings: [],
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const node = tensorInputOf(call);
    return node ? list(node.type.shape.map(int)) : errorValue;
  },
};

const rank: Intrinsic = {
  name: "rank",
  settings: [],
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const node = tensorInputOf(call);
    return node ? int(node.type.shape.length) : errorValue;
  },
};

const len: Intrinsic = {
  name: "len",
  settings: [],
  inputs: ["list"],
  numeric: true,
  build: (call) => {
    const value = input(call, 0);
    if (value.kind === "list" || value.kind === "tuple") return int(value.items.length);
    if (value.kind === "string") return int(value.value.length);
    if (value.kind === "fitted") return int(symbol(`len(${value.path})`));
    const first = value.kind === "tensor" ? value.node.type.shape[0] : undefined;
    if (first !== undefined) return int(first);
    return report(call.ctx, "wrong-kind", call.span, {
      what: inputName(call, "list"),
      wanted: "a list, tuple, string or tensor with axes",
      found: describeValue(value),
    });
  },
};

/** PyTorch's fans of a weight [out, in, …kernel], as floats so that `6 / fan_in` is no integer division. */
const fans: Intrinsic = {
  name: "fans",
  settings: [{ name: "shape" }],
  inputs: [],
  build: (call) => {
    const dims = readShape(call, "shape");
    if (!dims) return errorValue;
    const [out, into, ...kernel] = dims;
    if (out === undefined || into === undefined) {
      return report(call.ctx, "value-out-of-range", call.span, {
        what: "the shape given to `fans`",
        value: `[${dims.map(formatDim).join(", ")}]`,
        expected: "of two axes or more",
      });
    }
    const field = product(kernel);
    return tuple([asFloat(call, multiply(into, field)), asFloat(call, multiply(out, field))]);
  },
};

function asFloat(call: IntrinsicCall, dim: Dim): Value {
  return isOpen(dim) ? dimNodeValue(call, dim, "f32") : float(dim);
}

const perAxis: Intrinsic = {
  name: "per_axis",
  settings: [{ name: "value" }, { name: "n" }],
  inputs: [],
  build: (call) => {
    const value = setting(call, "value");
    const n = setting(call, "n");
    const items = value.kind === "list" || value.kind === "tuple" ? value.items : [value];
    if (
      n.kind !== "int" ||
      typeof n.value !== "number" ||
      items.some((item) => item.kind !== "int")
    ) {
      return report(call.ctx, "wrong-kind", call.span, {
        what: inputName(call, "value"),
        wanted: "an int, or one an axis",
        found: describeValue(value),
      });
    }
    const count = n.value;
    const [first] = items;
    if (items.length === count) return list(items);
    if (items.length === 1 && first) return list(Array.from({ length: count }, () => first));
    const what = "a setting with one value an axis";
    return report(call.ctx, "value-out-of-range", call.span, {
      what,
      value: counted(items.length, "value"),
      expected: `one, or ${count}`,
    });
  },
};

export const shapeIntrinsics: readonly Intrinsic[] = [size, shape, rank, len, fans, perAxis];
