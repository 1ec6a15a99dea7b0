// Half-precision numbers as they are stored: 16 bits in an i32, f32 while they are computed with.

import { apply, f32, i32, type Expr } from "./ir.ts";
import { bits as whole, choose, type Vectors } from "./vectors.ts";

const op = apply;

/** The f32 of a half-precision bit pattern. */
export function fromHalf(v: Vectors, pattern: Expr): Expr {
  const bits = v.bind(pattern);
  const size = v.bind(op("i32.and", [bits, i32(0x7fff)]));
  // Exponents differ by 112; the multiplication makes normal numbers of denormal ones too.
  const shifted = op("f32.reinterpret_i32", [op("i32.shl", [size, i32(13)])]);
  const finite = op("i32.reinterpret_f32", [op("f32.mul", [shifted, f32(2 ** 112)])]);
  const endless = op("i32.or", [op("i32.shl", [size, i32(13)]), i32(0x7f800000)]);
  const isEndless = op("i32.ge_u", [size, i32(0x7c00)]);
  const value = op("select", [endless, finite, isEndless]);
  const sign = op("i32.shl", [op("i32.and", [bits, i32(0x8000)]), i32(16)]);
  return op("f32.reinterpret_i32", [op("i32.or", [value, sign])]);
}

/** The nearest half-precision bit pattern, ties to even. */
export function toHalf(v: Vectors, value: Expr): Expr {
  const bits = v.bind(op("i32.reinterpret_f32", [value]));
  const size = v.bind(op("i32.and", [bits, i32(0x7fffffff)]));
  // Adding 1/2 to a number below 2⁻¹⁴ leaves its half-precision bits at the end.
  const aligned = op("f32.add", [op("f32.reinterpret_i32", [size]), f32(0.5)]);
  const small = op("i32.sub", [op("i32.reinterpret_f32", [aligned]), i32(0x3f000000)]);
  const odd = op("i32.and", [op("i32.shr_u", [size, i32(13)]), i32(1)]);
  const rounded = op("i32.add", [op("i32.add", [size, i32(0xfff - (112 << 23))]), odd]);
  const normal = op("i32.shr_u", [rounded, i32(13)]);
  const finite = op("select", [small, normal, op("i32.lt_u", [size, i32(0x38800000)])]);
  const endless = op("select", [i32(0x7e00), i32(0x7c00), op("i32.gt_u", [size, i32(0x7f800000)])]);
  const isLarge = op("i32.ge_u", [size, i32(0x477ff000)]); // 65520 and above
  const kept = op("select", [endless, finite, isLarge]);
  return op("i32.or", [kept, op("i32.and", [op("i32.shr_u", [bits, i32(16)]), i32(0x8000)])]);
}

/** Four numbers, each rounded to the nearest that half precision holds. */
export function roundHalf(v: Vectors, value: Expr): Expr {
  const given = v.bind(value);
  const size = v.bind(whole.except(given, v.integer(-0x80000000)));
  // Neighbours below 2⁻¹⁴ are 2⁻²⁴ apart, as those of a number between 1/2 and 1 are.
  const half = v.constant(0.5);
  const small = op("f32x4.sub", [op("f32x4.add", [size, half]), half]);
  const odd = whole.and(op("i32x4.shr_u", [size, i32(13)]), v.integer(1));
  const raised = op("i32x4.add", [op("i32x4.add", [size, v.integer(0xfff)]), odd]);
  const normal = whole.except(raised, v.integer(0x1fff));
  const finite = choose(v, op("i32x4.lt_s", [size, v.integer(0x38800000)]), small, normal);
  // What is NaN stays so.
  const endless = op("i32x4.max_s", [size, v.integer(0x7f800000)]);
  const isLarge = op("i32x4.ge_s", [size, v.integer(0x477ff000)]); // 65520 and above
  const sign = whole.and(given, v.integer(-0x80000000));
  return whole.or(choose(v, isLarge, endless, finite), sign);
}
