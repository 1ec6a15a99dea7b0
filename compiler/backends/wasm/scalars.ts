// Scalar operations in WebAssembly, for one number and for four lanes. Lanes of f32 are f32x4, of integers i32x4, of
// bools masks; one bool is 0 or 1. A function that has code for lanes only is applied to four equal lanes for one
// number, so both forms give the same bits.

import type { DType } from "../../../runtime/types.ts";
import type { ScalarOp } from "../../schedule/kernel.ts";
import { erf, exp, log, sigmoid, sign, tanh } from "./elementary.ts";
import { expm1, gamma64, integersInDoubles, log1p, pow64, rem64, sine } from "./elementary64.ts";
import { apply, f32, i32, type Expr } from "./ir.ts";
import { bits, doubles, inDoubles, type Vectors } from "./vectors.ts";

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

/** Worked out in double: floats, or integers toward zero. */
function doubled(of: (v: Vectors, args: readonly Expr[]) => Expr): Operation {
  return byLanes((v, args, dtype) =>
    isFloat(dtype) ? inDoubles(v, args, of) : integersInDoubles(v, args, of),
  );
}

function argument(args: readonly Expr[], i: number): Expr {
  return args[i] ?? i32(0);
}

const twoArguments =
  (of: (v: Vectors, a: Expr, b: Expr) => Expr) =>
  (v: Vectors, args: readonly Expr[]): Expr =>
    of(v, argument(args, 0), argument(args, 1));

const oneArgument =
  (of: (v: Vectors, x: Expr) => Expr) =>
  (v: Vectors, args: readonly Expr[]): Expr =>
    of(v, argument(args, 0));

/** Extremes: floats keep a NaN on either side, bools are `or` and `and`. */
function extreme(name: "max" | "min"): Operation {
  const both = logic(name === "max" ? "or" : "and");
  return {
    single: (v, args, dtype, types) => {
      if (isFloat(dtype)) return apply(`f32.${name}`, args);
      if (dtype === "bool") return both.single(v, args, dtype, types);
      const [a, b] = [v.bind(argument(args, 0)), v.bind(argument(args, 1))];
      return apply("select", [a, b, apply(name === "max" ? "i32.gt_s" : "i32.lt_s", [a, b])]);
    },
    lanes: (v, args, dtype, types) => {
      if (isFloat(dtype)) return apply(`f32x4.${name}`, args);
      if (dtype === "bool") return both.lanes(v, args, dtype, types);
      return apply(`i32x4.${name}_s`, args);
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
  if (isFloat(dtype)) return sign(v, x);
  return apply("i32x4.max_s", [apply("i32x4.min_s", [x, v.integer(1)]), v.integer(-1)]);
});

const division: Operation = {
  single: (v, args, dtype, types) =>
    isFloat(dtype) ? apply("f32.div", args) : quotient.single(v, args, dtype, types),
  lanes: (v, args, dtype, types) =>
    isFloat(dtype) ? apply("f32x4.div", args) : quotient.lanes(v, args, dtype, types),
};
const quotient = doubled(twoArguments((_, a, b) => doubles.div(a, b)));

const choice: Operation = {
  single: (_, args) => apply("select", [argument(args, 1), argument(args, 2), argument(args, 0)]),
  lanes: (_, args) => bits.choose(argument(args, 0), argument(args, 1), argument(args, 2)),
};

const conversion: Operation = {
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
  expm1: doubled(oneArgument(expm1)),
  log: one(log),
  log1p: doubled(oneArgument(log1p)),
  sqrt: instruction("sqrt", "sqrt"),
  sin: doubled(oneArgument((v, x) => sine(v, x, 0))),
  cos: doubled(oneArgument((v, x) => sine(v, x, 1))),
  tanh: one(tanh),
  sigmoid: one(sigmoid),
  erf: one(erf),
  gamma: doubled(oneArgument(gamma64)),
  not: {
    single: (_, args) => apply("i32.eqz", args),
    lanes: (_, args) => apply("v128.not", args),
  },
  add: instruction("add", "add"),
  sub: instruction("sub", "sub"),
  mul: instruction("mul", "mul"),
  div: division,
  rem: doubled(twoArguments(rem64)),
  pow: doubled(twoArguments(pow64)),
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
