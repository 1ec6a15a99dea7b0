// Scalar operations in WebAssembly, for one number and for four lanes. Lanes of f32 are f32x4, of integers i32x4, of
// bools masks; one bool is 0 or 1. A function that has code for lanes only is applied to four equal lanes for one
// number, so both forms give the same bits.

import type { DType } from "../../../runtime/types.ts";
import type { ScalarOp } from "../../schedule/kernel.ts";
import { exp, expm1, sigmoid } from "./elementary/exponential.ts";
import { log, log1p } from "./elementary/logarithm.ts";
import { gamma, pow } from "./elementary/power.ts";
import { integerRemainder, remainder } from "./elementary/remainder.ts";
import { erf, tanh } from "./elementary/saturating.ts";
import { cos, sin } from "./elementary/trigonometry.ts";
import { roundHalf } from "./half.ts";
import { apply, f32, i32, type Expr } from "./ir.ts";
import {
  bits,
  choose,
  doubles,
  floats,
  integers,
  integersInDoubles,
  signOf,
  type Vectors,
} from "./vectors.ts";

type Form = (
  v: Vectors,
  args: readonly Expr[],
  dtype: DType,
  argumentTypes: readonly DType[],
) => Expr;

interface Operation {
  readonly single: Form;
  readonly lanes: Form;
}

export function isFloat(dtype: DType | undefined): boolean {
  return dtype === "f32" || dtype === "f16";
}

/** A number as a constant. */
export function numberExpr(value: number, dtype: DType): Expr {
  return isFloat(dtype) ? f32(value) : i32(value);
}

/** Instructions by the type of the operands. */
function instruction(float: string, integer: string, byResult = true): Operation {
  const pick = (dtype: DType, types: readonly DType[]): boolean =>
    isFloat(byResult ? dtype : types[0]);
  return {
    single: (_, args, dtype, types) =>
      apply(pick(dtype, types) ? `f32.${float}` : `i32.${integer}`, args),
    lanes: (_, args, dtype, types) =>
      apply(pick(dtype, types) ? `f32x4.${float}` : `i32x4.${integer}`, args),
  };
}

/** Comparisons; masks and 0 or 1 are compared without sign, so that false is less than true. */
function comparison(name: string, signed = true): Operation {
  const named = (types: readonly DType[]): string => {
    if (!signed) return name;
    return types[0] === "bool" ? `${name}_u` : `${name}_s`;
  };
  return {
    single: (_, args, __, types) =>
      apply(isFloat(types[0]) ? `f32.${name}` : `i32.${named(types)}`, args),
    lanes: (_, args, __, types) =>
      apply(isFloat(types[0]) ? `f32x4.${name}` : `i32x4.${named(types)}`, args),
  };
}

function logic(name: string): Operation {
  return {
    single: (_, args) => apply(`i32.${name}`, args),
    lanes: (_, args) => apply(`v128.${name}`, args),
  };
}

/** A function of lanes; one number goes through all four. */
function byLanes(lanes: Form): Operation {
  return {
    lanes,
    single: (v, args, dtype, types) => {
      const wide = args.map((arg) => {
        const shape = arg.type === "f32" ? "f32x4" : "i32x4";
        return v.bind(apply(`${shape}.splat`, [arg]));
      });
      const result = v.bind(lanes(v, wide, dtype, types));
      const shape = isFloat(dtype) ? "f32x4" : "i32x4";
      return apply(`${shape}.extract_lane`, [result], { lane: 0 });
    },
  };
}

const one = (of: (v: Vectors, x: Expr) => Expr): Operation =>
  byLanes((v, args) => of(v, argument(args, 0)));

/** By the type of the result. */
const two = (
  float: (v: Vectors, a: Expr, b: Expr) => Expr,
  integer: (v: Vectors, a: Expr, b: Expr) => Expr,
): Operation =>
  byLanes((v, args, dtype) =>
    (isFloat(dtype) ? float : integer)(v, argument(args, 0), argument(args, 1)),
  );

function argument(args: readonly Expr[], i: number): Expr {
  return args[i] ?? i32(0);
}

/** Extremes: floats keep a NaN on either side, bools are `or` and `and`. */
function extreme(name: "max" | "min"): Operation {
  const both = logic(name === "max" ? "or" : "and");
  return {
    single: (v, args, dtype, types) => {
      if (dtype === "bool") return both.single(v, args, dtype, types);
      const [a, b] = [v.bind(argument(args, 0)), v.bind(argument(args, 1))];
      const type = isFloat(dtype) ? "f32" : "i32";
      const test = `${name === "max" ? "lt" : "gt"}${isFloat(dtype) ? "" : "_s"}`;
      const isSecond = apply(`${type}.${test}`, [a, b]);
      if (!isFloat(dtype)) return apply("select", [b, a, isSecond]);
      return apply("select", [b, a, apply("i32.or", [isSecond, apply("f32.ne", [b, b])])]);
    },
    lanes: (v, args, dtype, types) => {
      if (dtype === "bool") return both.lanes(v, args, dtype, types);
      if (!isFloat(dtype)) return apply(`i32x4.${name}_s`, args);
      // f32x4.max takes eight instructions, this three: all bits set are a NaN.
      const b = v.bind(argument(args, 1));
      const chosen = name === "max" ? floats.most : floats.least;
      return bits.or(chosen(argument(args, 0), b), floats.ne(b, b));
    },
  };
}

/** Of floats only; whole numbers stay themselves. */
function rounding(name: string): Operation {
  return {
    single: (_, args, dtype) => (isFloat(dtype) ? apply(`f32.${name}`, args) : argument(args, 0)),
    lanes: (_, args, dtype) => (isFloat(dtype) ? apply(`f32x4.${name}`, args) : argument(args, 0)),
  };
}

const negation: Operation = {
  single: (_, args, dtype) =>
    isFloat(dtype) ? apply("f32.neg", args) : apply("i32.sub", [i32(0), argument(args, 0)]),
  lanes: (_, args, dtype) => apply(isFloat(dtype) ? "f32x4.neg" : "i32x4.neg", args),
};

const size: Operation = byLanes((_, args, dtype) =>
  apply(isFloat(dtype) ? "f32x4.abs" : "i32x4.abs", args),
);

const signs: Operation = byLanes((v, args, dtype) => {
  const x = argument(args, 0);
  if (!isFloat(dtype)) return integers.max(integers.min(x, v.integer(1)), v.integer(-1));
  const value = v.bind(x);
  const isOther = bits.or(floats.lt(value, v.constant(0)), floats.gt(value, v.constant(0)));
  return choose(v, isOther, bits.or(signOf(v, value), v.constant(1)), value); // zeros and NaN stay
});

const division: Operation = {
  single: (v, args, dtype, types) =>
    isFloat(dtype) ? apply("f32.div", args) : quotient.single(v, args, dtype, types),
  lanes: (v, args, dtype, types) =>
    isFloat(dtype) ? apply("f32x4.div", args) : quotient.lanes(v, args, dtype, types),
};
const quotient = byLanes((v, args) =>
  integersInDoubles(v, args, (_, [a = i32(0), b = a]) => doubles.div(a, b)),
);

/** Programs have powers of floats only. */
function integerPower(v: Vectors, a: Expr, b: Expr): Expr {
  return integers.fromFloats(pow(v, floats.fromIntegers(a), floats.fromIntegers(b)));
}

const choice: Operation = {
  single: (_, args) => apply("select", [argument(args, 1), argument(args, 2), argument(args, 0)]),
  lanes: (v, args) => choose(v, argument(args, 0), argument(args, 1), argument(args, 2)),
};

const rounding16 = one(roundHalf);

/** Numbers in half precision are held in f32, but rounded. */
const conversion: Operation = {
  single: (v, args, dtype, types) => {
    const number = plainConversion.single(v, args, dtype, types);
    return isRounded(dtype, types) ? rounding16.single(v, [number], dtype, types) : number;
  },
  lanes: (v, args, dtype, types) => {
    const number = plainConversion.lanes(v, args, dtype, types);
    return isRounded(dtype, types) ? rounding16.lanes(v, [number], dtype, types) : number;
  },
};

function isRounded(dtype: DType, [from]: readonly DType[]): boolean {
  return dtype === "f16" && (from === "f32" || from === "i32");
}

const plainConversion: Operation = {
  single: (_, args, dtype, [from]) => {
    const x = argument(args, 0);
    if (dtype === "bool") {
      if (from === "bool") return x;
      return isFloat(from) ? apply("f32.ne", [x, f32(0)]) : apply("i32.ne", [x, i32(0)]);
    }
    if (isFloat(dtype)) return isFloat(from) ? x : apply("f32.convert_i32_s", [x]);
    const whole = isFloat(from) ? apply("i32.trunc_sat_f32_s", [x]) : x;
    return dtype === "u8" && from !== "bool" ? apply("i32.and", [whole, i32(255)]) : whole;
  },
  lanes: (v, args, dtype, [from]) => {
    const x = argument(args, 0);
    if (dtype === "bool") {
      if (from === "bool") return x;
      return isFloat(from)
        ? apply("f32x4.ne", [x, v.constant(0)])
        : apply("i32x4.ne", [x, v.integer(0)]);
    }
    const number = from === "bool" ? bits.and(x, v.integer(1)) : x;
    if (isFloat(dtype)) {
      return isFloat(from) ? number : apply("f32x4.convert_i32x4_s", [number]);
    }
    const whole = isFloat(from) ? apply("i32x4.trunc_sat_f32x4_s", [number]) : number;
    return dtype === "u8" && from !== "bool" ? bits.and(whole, v.integer(255)) : whole;
  },
};

export const operations = {
  neg: negation,
  abs: size,
  sign: signs,
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  round: rounding("nearest"),
  exp: one(exp),
  expm1: one(expm1),
  log: one(log),
  log1p: one(log1p),
  sqrt: instruction("sqrt", "sqrt"),
  sin: one(sin),
  cos: one(cos),
  tanh: one(tanh),
  sigmoid: one(sigmoid),
  erf: one(erf),
  gamma: one(gamma),
  not: {
    single: (_, args) => apply("i32.eqz", args),
    lanes: (_, args) => apply("v128.not", args),
  },
  add: instruction("add", "add"),
  sub: instruction("sub", "sub"),
  mul: instruction("mul", "mul"),
  div: division,
  rem: two(remainder, integerRemainder),
  pow: two(pow, integerPower),
  max: extreme("max"),
  min: extreme("min"),
  eq: comparison("eq", false),
  ne: comparison("ne", false),
  lt: comparison("lt"),
  le: comparison("le"),
  gt: comparison("gt"),
  ge: comparison("ge"),
  and: logic("and"),
  or: logic("or"),
  select: choice,
  cast: conversion,
} as const satisfies Record<ScalarOp, Operation>;
