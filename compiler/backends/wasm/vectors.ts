// How functions over lanes write their code: instructions by short names, what is used twice bound to a local, constants
// kept in locals. Functions are written once for four lanes; one number goes through the same code in all four.

import { apply, local, type Expr, type Local, type Statement } from "./ir.ts";

/** Where code is written to. */
export interface Vectors {
  /** Binds a value to a new local at this point of the code, and gives the local; a local stays itself. */
  bind(value: Expr): Expr;
  /** Four equal f32 lanes as a local that is set once before all loops: constants inside loops are rebuilt on every
   *  use. */
  constant(value: number): Expr;
  /** The same of i32 lanes. */
  integer(value: number): Expr;
  /** The same of any four 32-bit words, lane 0 first. */
  words(words: readonly [number, number, number, number]): Expr;
  /** Adds a statement at this point of the code. */
  emit(statement: Statement): void;
  /** Whether f32x4.relaxed_madd may be used; otherwise multiply and add. */
  readonly relaxed: boolean;
}

/** a·b + c, rounded once or twice. */
export function madd({ relaxed }: Vectors, a: Expr, b: Expr, c: Expr): Expr {
  return relaxed ? apply("f32x4.relaxed_madd", [a, b, c]) : floats.add(floats.mul(a, b), c);
}

/** c − a·b, rounded once or twice. */
export function nmadd({ relaxed }: Vectors, a: Expr, b: Expr, c: Expr): Expr {
  return relaxed ? apply("f32x4.relaxed_nmadd", [a, b, c]) : floats.sub(c, floats.mul(a, b));
}

/** c0 + x·(c1 + x·(c2 + …)) in f32 lanes, lowest power first; `x` is a local. */
export function polynomial(v: Vectors, x: Expr, coefficients: readonly number[]): Expr {
  const [last = 0, ...others] = coefficients.toReversed();
  return others.reduce((sum, next) => madd(v, sum, x, v.constant(next)), v.constant(last));
}

/** The same in f64 lanes. */
export function polynomial64(v: Vectors, x: Expr, coefficients: readonly number[]): Expr {
  const [last = 0, ...others] = coefficients.toReversed();
  return others.reduce(
    (sum, next) => doubles.add(doubles.mul(sum, x), double(v, next)),
    double(v, last),
  );
}

/** Two equal f64 lanes. */
export function double(v: Vectors, value: number): Expr {
  const [low = 0, high = 0] = new Uint32Array(new Float64Array([value]).buffer);
  return v.words([low, high, low, high]);
}

const one = (op: string) => (a: Expr) => apply(op, [a]);
const two = (op: string) => (a: Expr, b: Expr) => apply(op, [a, b]);
const by = (op: string) => (a: Expr, bits: number) =>
  apply(op, [a, { kind: "const", type: "i32", value: bits }]);

/** Instructions of f32 lanes. Of `least` and `most`, a NaN as `a` stays; of `b` it does not. */
export const floats = {
  abs: one("f32x4.abs"),
  neg: one("f32x4.neg"),
  sqrt: one("f32x4.sqrt"),
  floor: one("f32x4.floor"),
  ceil: one("f32x4.ceil"),
  nearest: one("f32x4.nearest"),
  add: two("f32x4.add"),
  sub: two("f32x4.sub"),
  mul: two("f32x4.mul"),
  div: two("f32x4.div"),
  least: two("f32x4.pmin"),
  most: two("f32x4.pmax"),
  eq: two("f32x4.eq"),
  ne: two("f32x4.ne"),
  lt: two("f32x4.lt"),
  gt: two("f32x4.gt"),
  le: two("f32x4.le"),
  ge: two("f32x4.ge"),
  fromIntegers: one("f32x4.convert_i32x4_s"),
  /** The two low f64 lanes of each, rounded. */
  fromDoubles: (low: Expr, high: Expr): Expr =>
    shuffleWords(
      apply("f32x4.demote_f64x2_zero", [low]),
      apply("f32x4.demote_f64x2_zero", [high]),
      [0, 1, 4, 5],
    ),
} as const;

/** Instructions of i32 lanes. */
export const integers = {
  abs: one("i32x4.abs"),
  neg: one("i32x4.neg"),
  add: two("i32x4.add"),
  sub: two("i32x4.sub"),
  mul: two("i32x4.mul"),
  min: two("i32x4.min_s"),
  minUnsigned: two("i32x4.min_u"),
  max: two("i32x4.max_s"),
  eq: two("i32x4.eq"),
  ne: two("i32x4.ne"),
  lt: two("i32x4.lt_s"),
  gt: two("i32x4.gt_s"),
  le: two("i32x4.le_s"),
  ge: two("i32x4.ge_s"),
  shl: by("i32x4.shl"),
  shr: by("i32x4.shr_s"),
  shrUnsigned: by("i32x4.shr_u"),
  /** Toward zero, saturating; NaN gives 0. */
  fromFloats: one("i32x4.trunc_sat_f32x4_s"),
  fromDoubles: (low: Expr, high: Expr): Expr =>
    shuffleWords(
      apply("i32x4.trunc_sat_f64x2_s_zero", [low]),
      apply("i32x4.trunc_sat_f64x2_s_zero", [high]),
      [0, 1, 4, 5],
    ),
} as const;

/** Instructions of f64 lanes, of which there are two. */
export const doubles = {
  abs: one("f64x2.abs"),
  floor: one("f64x2.floor"),
  trunc: one("f64x2.trunc"),
  nearest: one("f64x2.nearest"),
  add: two("f64x2.add"),
  sub: two("f64x2.sub"),
  mul: two("f64x2.mul"),
  div: two("f64x2.div"),
  least: two("f64x2.pmin"),
  most: two("f64x2.pmax"),
  eq: two("f64x2.eq"),
  lt: two("f64x2.lt"),
  gt: two("f64x2.gt"),
  ge: two("f64x2.ge"),
  subLong: two("i64x2.sub"),
  shlLong: by("i64x2.shl"),
  /** Of the two lower f32 lanes. */
  fromFloats: one("f64x2.promote_low_f32x4"),
  fromIntegers: one("f64x2.convert_low_i32x4_s"),
} as const;

/** Instructions of all 128 bits. */
export const bits = {
  not: one("v128.not"),
  and: two("v128.and"),
  /** a and not b. */
  except: two("v128.andnot"),
  or: two("v128.or"),
  xor: two("v128.xor"),
  /** `a` where the mask is all ones, `b` where it is zeros. */
  choose: (mask: Expr, a: Expr, b: Expr): Expr => apply("v128.bitselect", [a, b, mask]),
} as const;

/** `a` where the mask is all ones, `b` where it is zeros: one instruction instead of three where engines have it. */
export function choose({ relaxed }: Vectors, mask: Expr, a: Expr, b: Expr): Expr {
  return apply(relaxed ? "i32x4.relaxed_laneselect" : "v128.bitselect", [a, b, mask]);
}

/** Words 0 … 3 of `a` and 4 … 7 of `b` in any order. */
export function shuffleWords(a: Expr, b: Expr, words: readonly number[]): Expr {
  const lanes = words.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]);
  return apply("i8x16.shuffle", [a, b], { lanes });
}

/** The two upper lanes in place of the lower ones. */
export function upperHalf(a: Expr): Expr {
  return shuffleWords(a, a, [2, 3, 2, 3]);
}

/** The sign bits of f32 lanes. */
export function signOf(v: Vectors, x: Expr): Expr {
  return bits.and(x, v.integer(-0x80000000));
}

/** f32 lanes without their sign bits; f32x4.abs would make its mask anew on every use. */
export function sizeOf(v: Vectors, x: Expr): Expr {
  return bits.except(x, v.integer(-0x80000000));
}

/** A function of f64 lanes for four f32 lanes. */
export function inDoubles(
  v: Vectors,
  args: readonly Expr[],
  compute: (v: Vectors, args: readonly Expr[]) => Expr,
): Expr {
  const whole = args.map((arg) => v.bind(arg));
  const half = (part: (arg: Expr) => Expr): Expr =>
    v.bind(
      compute(
        v,
        whole.map((arg) => v.bind(doubles.fromFloats(part(arg)))),
      ),
    );
  return floats.fromDoubles(
    half((arg) => arg),
    half(upperHalf),
  );
}

/** A function of f64 lanes for four i32 lanes; results are cut toward zero, saturate, and NaN becomes 0. */
export function integersInDoubles(
  v: Vectors,
  args: readonly Expr[],
  compute: (v: Vectors, args: readonly Expr[]) => Expr,
): Expr {
  const whole = args.map((arg) => v.bind(arg));
  const half = (part: (arg: Expr) => Expr): Expr =>
    v.bind(
      compute(
        v,
        whole.map((arg) => v.bind(doubles.fromIntegers(part(arg)))),
      ),
    );
  return integers.fromDoubles(
    half((arg) => arg),
    half(upperHalf),
  );
}

/** A new variable of lanes with its first value, for loops. */
export function variable(v: Vectors, name: string, value: Expr): Expr & { readonly local: Local } {
  const made = local("v128", name);
  v.emit({ kind: "set", local: made, value });
  return { kind: "get", type: "v128", local: made };
}

/** Runs what `body` writes, then again as long as any bit is set of what it gives. */
export function repeat(v: Vectors, body: (inside: Vectors) => Expr): void {
  const { inside, written } = nested(v);
  const again = apply("v128.any_true", [body(inside)]);
  v.emit({ kind: "loop", body: written, again });
}

/** Runs what `body` writes if any bit of `mask` is set. */
export function whereAny(v: Vectors, mask: Expr, body: (inside: Vectors) => void): void {
  const { inside, written } = nested(v);
  body(inside);
  v.emit({ kind: "if", test: apply("v128.any_true", [mask]), then: written });
}

/** The same constants, but code of its own. */
function nested(v: Vectors): { readonly inside: Vectors; readonly written: readonly Statement[] } {
  const written: Statement[] = [];
  const inside: Vectors = {
    ...v,
    emit: (statement) => void written.push(statement),
    bind(value) {
      if (value.kind === "get" || value.kind === "const") return value;
      const made = local(value.type, "w");
      written.push({ kind: "set", local: made, value });
      return { kind: "get", type: value.type, local: made };
    },
  };
  return { inside, written };
}
