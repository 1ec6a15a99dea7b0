// Reading settings of intrinsics: each gives the value or undefined after reporting.

import type { DType } from "../../../runtime/types.ts";
import { formatDim, type Dim } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { report } from "../context.ts";
import { dimsOf } from "../dimensions.ts";
import { toTensor } from "../tensors.ts";
import { describeValue, formatShape } from "../text.ts";
import type { Value } from "../values.ts";
import { input, inputName, setting, settingSpan, type IntrinsicCall } from "./define.ts";

function wrong(call: IntrinsicCall, name: string, wanted: string, found: Value): undefined {
  const what = `the setting \`${name}\` of \`${call.name}\``;
  report(call.ctx, "wrong-kind", settingSpan(call, name), {
    what,
    wanted,
    found: describeValue(found),
  });
  return undefined;
}

/** An input as a tensor; numbers and lists become constants. */
export function tensorInputOf(
  call: IntrinsicCall,
  position = 0,
  name = "x",
  dtype?: DType,
): Node | undefined {
  return toTensor(call.ctx, call.span, input(call, position), dtype, inputName(call, name));
}

export function readBool(call: IntrinsicCall, name: string): boolean | undefined {
  const value = setting(call, name);
  return value.kind === "bool" ? value.value : wrong(call, name, "true or false", value);
}

/** A known int. */
export function readInt(call: IntrinsicCall, name: string): number | undefined {
  const value = setting(call, name);
  if (value.kind === "int" && typeof value.value === "number") return value.value;
  return wrong(call, name, "an int known while compiling", value);
}

export function readNumber(call: IntrinsicCall, name: string): number | undefined {
  const value = setting(call, name);
  if ((value.kind === "int" || value.kind === "float") && typeof value.value === "number")
    return value.value;
  return wrong(call, name, "a number", value);
}

export function readString(
  call: IntrinsicCall,
  name: string,
): Extract<Value, { kind: "string" }> | undefined {
  const value = setting(call, name);
  return value.kind === "string" ? value : wrong(call, name, "a string", value);
}

export function readDtype(call: IntrinsicCall, name: string): DType | undefined {
  const value = setting(call, name);
  if (value.kind === "dtype") return value.dtype;
  if (value.kind === "intrinsic" && value.intrinsic.dtype) return value.intrinsic.dtype;
  return wrong(call, name, "an element type such as f32", value);
}

/** A list or tuple of sizes. */
export function readShape(call: IntrinsicCall, name: string): Dim[] | undefined {
  const value = setting(call, name);
  const dims = value.kind === "list" || value.kind === "tuple" ? dimsOf(value.items) : undefined;
  if (!dims) return wrong(call, name, "a list of ints", value);
  const negative = dims.find((dim) => typeof dim === "number" && dim < 0);
  if (negative === undefined) return dims;
  report(call.ctx, "value-out-of-range", settingSpan(call, name), {
    what: `a size in \`${name}\``,
    value: formatDim(negative),
    expected: "0 or more",
  });
  return undefined;
}

/** Axes of `x`, counted from 0; `none` is what `otherwise` says. */
export function readAxes(
  call: IntrinsicCall,
  name: string,
  rank: number,
  shape: readonly Dim[],
  otherwise: readonly number[],
): number[] | undefined {
  const value = setting(call, name);
  if (value.kind === "none") return [...otherwise];
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : [value];
  const axes: number[] = [];
  for (const item of items) {
    if (item.kind !== "int" || typeof item.value !== "number")
      return wrong(call, name, "an axis or a tuple of axes", value);
    const axis = item.value < 0 ? item.value + rank : item.value;
    if (axis < 0 || axis >= rank) {
      report(call.ctx, "axis-out-of-range", settingSpan(call, name), {
        axis: item.value,
        shape: formatShape(shape),
      });
      return undefined;
    }
    if (axes.includes(axis)) {
      report(call.ctx, "value-out-of-range", settingSpan(call, name), {
        what: `an axis in \`${name}\``,
        value: `${item.value} twice`,
        expected: "named once",
      });
      return undefined;
    }
    axes.push(axis);
  }
  return axes.sort((a, b) => a - b);
}

export function readAxis(
  call: IntrinsicCall,
  name: string,
  rank: number,
  shape: readonly Dim[],
): number | undefined {
  const axes = readAxes(call, name, rank, shape, []);
  const [axis, ...more] = axes ?? [];
  if (axes && (axis === undefined || more.length > 0))
    return wrong(call, name, "one axis", setting(call, name));
  return axis;
}

/** One known int for each of `count` axes; one value stands for all. */
export function readPerAxis(
  call: IntrinsicCall,
  name: string,
  count: number,
  least: number,
): number[] | undefined {
  const value = setting(call, name);
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : [value];
  const numbers = items.map((item) =>
    item.kind === "int" && typeof item.value === "number" ? item.value : NaN,
  );
  if (numbers.some(Number.isNaN) || (numbers.length !== 1 && numbers.length !== count)) {
    return wrong(call, name, `an int, or ${count} of them`, value);
  }
  const small = numbers.find((number) => number < least);
  if (small !== undefined) {
    report(call.ctx, "value-out-of-range", settingSpan(call, name), {
      what: `\`${name}\``,
      value: String(small),
      expected: `${least} or more`,
    });
    return undefined;
  }
  const [first = 0] = numbers;
  return numbers.length === count ? numbers : Array.from({ length: count }, () => first);
}

/** Pairs (before, after) for each of `count` axes: an int, one an axis, or pairs. */
export function readPairs(
  call: IntrinsicCall,
  name: string,
  count: number,
): [number, number][] | undefined {
  const value = setting(call, name);
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : [value];
  const pairs: [number, number][] = [];
  for (const item of items) {
    const parts = item.kind === "list" || item.kind === "tuple" ? item.items : [item, item];
    const numbers = parts.map((part) =>
      part.kind === "int" && typeof part.value === "number" ? part.value : NaN,
    );
    const [before = NaN, after = NaN] = numbers;
    if (numbers.length !== 2 || Number.isNaN(before) || Number.isNaN(after))
      return wrong(call, name, "an int, one an axis, or pairs", value);
    pairs.push([before, after]);
  }
  const [first] = pairs;
  if (pairs.length === count) return pairs;
  if (pairs.length !== 1 || !first) return wrong(call, name, `an int, or ${count} of them`, value);
  return Array.from({ length: count }, () => [first[0], first[1]]);
}
