// Element-wise functions. Of numbers known while compiling they give numbers.

import type { DType } from "../../../runtime/types.ts";
import { floorDivide, isOpen } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { binary, inType, meet } from "../arithmetic.ts";
import { emitValue, report } from "../context.ts";
import { divisionByZero, whole } from "../numbers.ts";
import { castNode, constantNode, isFloat, pointwise, toTensor } from "../tensors.ts";
import { describeValue } from "../text.ts";
import { bool, errorValue, float, int, noneValue, tensor, type Value } from "../values.ts";
import {
  input,
  inputName,
  setting,
  settingSpan,
  type Intrinsic,
  type IntrinsicCall,
} from "./define.ts";
import { tensorInputOf } from "./read.ts";

/** A function of one number: its value in double precision, its node. */
interface Function1 {
  readonly known?: (x: number) => number;
  /** Gives a whole number. */
  readonly integral?: boolean;
  /** Keeps integers as they are. */
  readonly keepsIntegers?: boolean;
  readonly node: (call: IntrinsicCall, x: Node) => Value;
}

const asNode =
  (op: string): Function1["node"] =>
  ({ ctx, span }, x) =>
    emitValue(ctx, span, op, [x]);

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

const functions: Readonly<Record<string, Function1>> = {
  abs: { known: Math.abs, keepsIntegers: true, node: asNode("abs") },
  sign: { known: Math.sign, keepsIntegers: true, node: asNode("sign") },
  floor: { known: Math.floor, integral: true, keepsIntegers: true, node: asNode("floor") },
  ceil: { known: Math.ceil, integral: true, keepsIntegers: true, node: asNode("ceil") },
  round: { known: roundHalfEven, integral: true, keepsIntegers: true, node: asNode("round") },
  exp: { known: Math.exp, node: asNode("exp") },
  expm1: { known: Math.expm1, node: asNode("expm1") },
  log: { known: Math.log, node: asNode("log") },
  log1p: { known: Math.log1p, node: asNode("log1p") },
  sqrt: { known: Math.sqrt, node: asNode("sqrt") },
  rsqrt: { known: (x) => 1 / Math.sqrt(x), node: inverseRoot },
  sin: { known: Math.sin, node: asNode("sin") },
  cos: { known: Math.cos, node: asNode("cos") },
  tan: { known: Math.tan, node: tangent },
  tanh: { known: Math.tanh, node: asNode("tanh") },
  sigmoid: { known: (x) => 1 / (1 + Math.exp(-x)), node: asNode("sigmoid") },
  erf: { node: asNode("erf") },
  gamma: { node: asNode("gamma") },
};

function inverseRoot({ ctx, span }: IntrinsicCall, x: Node): Value {
  const root = emitValue(ctx, span, "sqrt", [x]);
  return root.kind === "tensor" ? binary(ctx, "/", float(1), root, span) : root;
}

function tangent({ ctx, span }: IntrinsicCall, x: Node): Value {
  const [sine, cosine] = [emitValue(ctx, span, "sin", [x]), emitValue(ctx, span, "cos", [x])];
  return binary(ctx, "/", sine, cosine, span);
}

function functionIntrinsic(name: string, row: Function1): Intrinsic {
  return {
    name,
    settings: [],
    inputs: ["x"],
    numeric: true,
    build: (call) => {
      const { ctx, span } = call;
      const x = input(call, 0);
      if (x.kind === "int" && row.keepsIntegers && !isOpen(x.value))
        return int(row.known?.(x.value) ?? x.value);
      if ((x.kind === "int" || x.kind === "float") && typeof x.value === "number" && row.known) {
        const value = row.known(x.value);
        return row.integral && Number.isFinite(value) ? whole(ctx, value, span) : float(value);
      }
      const node = toTensor(
        ctx,
        span,
        x,
        x.kind === "int" || x.kind === "float" ? "f32" : undefined,
        inputName(call),
      );
      if (!node) return errorValue;
      const { dtype } = node.type;
      if (row.keepsIntegers && !isFloat(dtype)) {
        if (
          name === "floor" ||
          name === "ceil" ||
          name === "round" ||
          dtype === "bool" ||
          dtype === "u8"
        ) {
          return name === "sign" ? cast(call, node, "i32", row) : tensor(node);
        }
        return row.node(call, node);
      }
      return isFloat(dtype) ? row.node(call, node) : cast(call, node, "f32", row);
    },
  };
}

function cast(call: IntrinsicCall, node: Node, dtype: DType, row: Function1): Value {
  const converted = castNode(call.ctx, call.span, node, dtype);
  return converted ? row.node(call, converted) : errorValue;
}

/** `max(a, b)` and `min(a, b)`, element by element; numbers stay numbers. */
export function extreme(call: IntrinsicCall, a: Value, b: Value): Value {
  const { ctx, span, name } = call;
  if (isNumeric(a) && isNumeric(b)) {
    const less = binary(ctx, "<", a, b, span);
    if (less.kind !== "bool") return less;
    return less.value === (name === "min") ? a : b;
  }
  const what = `the inputs of \`${name}\``;
  const [x, y] = meet(ctx, [a, b], span, what) ?? [];
  if (!x || !y) return errorValue;
  const { dtype } = x.type;
  return dtype === "bool" || dtype === "u8"
    ? inType(ctx, span, name, [x, y], "i32", what)
    : pointwise(ctx, span, name, [x, y], what);
}

function isNumeric(value: Value): boolean {
  return (value.kind === "int" || value.kind === "float") && typeof value.value === "number";
}

const pow: Intrinsic = {
  name: "pow",
  settings: [],
  inputs: ["a", "b"],
  numeric: true,
  build: (call) => binary(call.ctx, "**", input(call, 0), input(call, 1), call.span),
};

const div: Intrinsic = {
  name: "div",
  settings: [],
  inputs: ["a", "b"],
  numeric: true,
  build: (call) => {
    const { ctx, span } = call;
    const [a, b] = [input(call, 0), input(call, 1)];
    if (a.kind === "int" && b.kind === "int") {
      if (b.value === 0) return divisionByZero(ctx, span);
      if (typeof b.value === "number" && b.value < 0) {
        return typeof a.value === "number"
          ? int(Math.floor(a.value / b.value))
          : whole(ctx, floorDivide(a.value, -b.value), span);
      }
      return whole(ctx, floorDivide(a.value, b.value), span);
    }
    const what = "the inputs of `div`";
    const [x, y] = meet(ctx, [a, b], span, what) ?? [];
    if (!x || !y) return errorValue;
    const quotient = inType(
      ctx,
      span,
      "div",
      [x, y],
      isFloat(x.type.dtype) ? x.type.dtype : "f32",
      what,
    );
    if (quotient.kind !== "tensor") return quotient;
    const floored = emitValue(ctx, span, "floor", [quotient.node]);
    return floored.kind === "tensor" && !isFloat(x.type.dtype)
      ? emitValue(ctx, span, "cast", [floored.node], { dtype: x.type.dtype })
      : floored;
  },
};

const where: Intrinsic = {
  name: "where",
  settings: [],
  inputs: ["condition", "a", "b"],
  numeric: true,
  build: (call) => {
    const { ctx, span } = call;
    const condition = input(call, 0);
    const [a, b] = [input(call, 1), input(call, 2)];
    if (condition.kind === "bool") return condition.value ? a : b;
    const mask = toTensor(ctx, span, condition, undefined, inputName(call, "condition"));
    if (!mask) return errorValue;
    if (mask.type.dtype !== "bool") {
      return report(
        ctx,
        "dtype-mismatch",
        span,
        { what: inputName(call, "condition"), expected: "bool", found: mask.type.dtype },
        { help: "compare: `x != 0`" },
      );
    }
    const what = "the inputs of `where`";
    const nodes = meet(ctx, [a, b], span, what);
    return nodes ? pointwise(ctx, span, "select", [mask, ...nodes], what) : errorValue;
  },
};

const isnan: Intrinsic = {
  name: "isnan",
  settings: [],
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const x = input(call, 0);
    if (x.kind === "int" || x.kind === "float") return bool(Number.isNaN(x.value));
    const node = tensorInputOf(call);
    return node ? emitValue(call.ctx, call.span, "ne", [node, node]) : errorValue;
  },
};

const clamp: Intrinsic = {
  name: "clamp",
  settings: [
    { name: "low", default: noneValue },
    { name: "high", default: noneValue },
  ],
  inputs: ["x"],
  numeric: false,
  build: (call) => {
    let value = input(call, 0);
    for (const [name, op] of [
      ["low", "max"],
      ["high", "min"],
    ] as const) {
      const bound = setting(call, name);
      if (bound.kind === "none") continue;
      if (!isNumeric(bound) && bound.kind !== "tensor") {
        const what = `the setting \`${name}\` of \`clamp\``;
        return report(call.ctx, "wrong-kind", settingSpan(call, name), {
          what,
          wanted: "a number",
          found: describeValue(bound),
        });
      }
      value = extreme({ ...call, name: op }, value, bound);
    }
    return value;
  },
};

const stopGradient: Intrinsic = {
  name: "stop_gradient",
  settings: [],
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const x = input(call, 0);
    if (x.kind !== "tensor") return x;
    return emitValue(call.ctx, call.span, "stop_gradient", [x.node]);
  },
};

function conversion(dtype: DType): Intrinsic {
  return {
    name: dtype,
    settings: [],
    inputs: ["x"],
    numeric: true,
    dtype,
    build: (call) => {
      const node = toTensor(call.ctx, call.span, input(call, 0), undefined, inputName(call));
      if (!node) return errorValue;
      if (dtype === "bool" && node.type.dtype !== "bool") {
        const zero = constantNode(call.ctx, call.span, 0, node.type.dtype);
        return zero ? pointwise(call.ctx, call.span, "ne", [node, zero], "bool") : errorValue;
      }
      const converted = castNode(call.ctx, call.span, node, dtype);
      return converted ? tensor(converted) : errorValue;
    },
  };
}

export const arithmeticIntrinsics: readonly Intrinsic[] = [
  ...Object.entries(functions).map(([name, row]) => functionIntrinsic(name, row)),
  pow,
  div,
  where,
  isnan,
  clamp,
  stopGradient,
  ...(["f32", "f16", "i32", "u8", "bool"] as const).map(conversion),
];
