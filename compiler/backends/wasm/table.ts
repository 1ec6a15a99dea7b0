// The instructions by the names of the specification's text format: their bytes, what they take and what they give.
// Rows are runs of consecutive opcodes, so that the table can be compared with the specification's index at a glance.

import type { ValueType } from "./ir.ts";

/** What stands between the opcode and the next instruction: a lane's number, or the 16 bytes of a shuffle. */
export type Immediate = "lane" | "lanes";

export interface Operator {
  /** The opcode with its prefix, ready to be written. */
  readonly code: readonly number[];
  readonly params: readonly ValueType[];
  readonly result: ValueType;
  readonly immediate?: Immediate;
}

/** A load, a store or an atomic: `params` follow the address, which is always an i32. */
export interface Access {
  readonly code: readonly number[];
  /** Binary logarithm of the natural alignment in bytes. */
  readonly align: number;
  readonly params: readonly ValueType[];
  /** Nothing for stores. */
  readonly result?: ValueType;
  /** Bears the number of a lane. */
  readonly lane?: true;
}

const simd = 0xfd;
const atomic = 0xfe;
const saturating = 0xfc;

const letters = { i: "i32", l: "i64", f: "f32", d: "f64", v: "v128" } as const satisfies Record<
  string,
  ValueType
>;

/** `ii>i`: takes two i32 and gives one. */
type Signature = string;

/** Signature, prefix if any, first opcode, names; `-` stands for an opcode that is not used or stands elsewhere. */
type Run = readonly [Signature, readonly [number?], number, string];

const comparisons = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const floatComparisons = "eq ne lt gt le ge";
const integerArithmetic =
  "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";

const scalarRuns: readonly Run[] = [
  ["i>i", [], 0x45, "i32.eqz"],
  ["ii>i", [], 0x46, each("i32", comparisons)],
  ["l>i", [], 0x50, "i64.eqz"],
  ["ll>i", [], 0x51, each("i64", comparisons)],
  ["ff>i", [], 0x5b, each("f32", floatComparisons)],
  ["dd>i", [], 0x61, each("f64", floatComparisons)],
  ["i>i", [], 0x67, each("i32", "clz ctz popcnt")],
  ["ii>i", [], 0x6a, each("i32", integerArithmetic)],
  ["l>l", [], 0x79, each("i64", "clz ctz popcnt")],
  ["ll>l", [], 0x7c, each("i64", integerArithmetic)],
  ["f>f", [], 0x8b, each("f32", "abs neg ceil floor trunc nearest sqrt")],
  ["ff>f", [], 0x92, each("f32", "add sub mul div min max copysign")],
  ["d>d", [], 0x99, each("f64", "abs neg ceil floor trunc nearest sqrt")],
  ["dd>d", [], 0xa0, each("f64", "add sub mul div min max copysign")],
  ["l>i", [], 0xa7, "i32.wrap_i64"],
  ["f>i", [], 0xa8, each("i32", "trunc_f32_s trunc_f32_u")],
  ["d>i", [], 0xaa, each("i32", "trunc_f64_s trunc_f64_u")],
  ["i>l", [], 0xac, each("i64", "extend_i32_s extend_i32_u")],
  ["f>l", [], 0xae, each("i64", "trunc_f32_s trunc_f32_u")],
  ["d>l", [], 0xb0, each("i64", "trunc_f64_s trunc_f64_u")],
  ["i>f", [], 0xb2, each("f32", "convert_i32_s convert_i32_u")],
  ["l>f", [], 0xb4, each("f32", "convert_i64_s convert_i64_u")],
  ["d>f", [], 0xb6, "f32.demote_f64"],
  ["i>d", [], 0xb7, each("f64", "convert_i32_s convert_i32_u")],
  ["l>d", [], 0xb9, each("f64", "convert_i64_s convert_i64_u")],
  ["f>d", [], 0xbb, "f64.promote_f32"],
  ["f>i", [], 0xbc, "i32.reinterpret_f32"],
  ["d>l", [], 0xbd, "i64.reinterpret_f64"],
  ["i>f", [], 0xbe, "f32.reinterpret_i32"],
  ["l>d", [], 0xbf, "f64.reinterpret_i64"],
  ["i>i", [], 0xc0, each("i32", "extend8_s extend16_s")],
  ["l>l", [], 0xc2, each("i64", "extend8_s extend16_s extend32_s")],
  ["f>i", [saturating], 0, each("i32", "trunc_sat_f32_s trunc_sat_f32_u")],
  ["d>i", [saturating], 2, each("i32", "trunc_sat_f64_s trunc_sat_f64_u")],
  ["f>l", [saturating], 4, each("i64", "trunc_sat_f32_s trunc_sat_f32_u")],
  ["d>l", [saturating], 6, each("i64", "trunc_sat_f64_s trunc_sat_f64_u")],
];

const vectorRuns: readonly Run[] = [
  ["vv>v", [simd], 13, "i8x16.shuffle i8x16.swizzle"],
  ["i>v", [simd], 15, "i8x16.splat i16x8.splat i32x4.splat"],
  ["l>v", [simd], 18, "i64x2.splat"],
  ["f>v", [simd], 19, "f32x4.splat"],
  ["d>v", [simd], 20, "f64x2.splat"],
  ["v>i", [simd], 21, each("i8x16", "extract_lane_s extract_lane_u")],
  ["vi>v", [simd], 23, "i8x16.replace_lane"],
  ["v>i", [simd], 24, each("i16x8", "extract_lane_s extract_lane_u")],
  ["vi>v", [simd], 26, "i16x8.replace_lane"],
  ["v>i", [simd], 27, "i32x4.extract_lane"],
  ["vi>v", [simd], 28, "i32x4.replace_lane"],
  ["v>l", [simd], 29, "i64x2.extract_lane"],
  ["vl>v", [simd], 30, "i64x2.replace_lane"],
  ["v>f", [simd], 31, "f32x4.extract_lane"],
  ["vf>v", [simd], 32, "f32x4.replace_lane"],
  ["v>d", [simd], 33, "f64x2.extract_lane"],
  ["vd>v", [simd], 34, "f64x2.replace_lane"],
  ["vv>v", [simd], 35, each("i8x16", comparisons)],
  ["vv>v", [simd], 45, each("i16x8", comparisons)],
  ["vv>v", [simd], 55, each("i32x4", comparisons)],
  ["vv>v", [simd], 65, each("f32x4", floatComparisons)],
  ["vv>v", [simd], 71, each("f64x2", floatComparisons)],
  ["v>v", [simd], 77, "v128.not"],
  ["vv>v", [simd], 78, each("v128", "and andnot or xor")],
  ["vvv>v", [simd], 82, "v128.bitselect"],
  ["v>i", [simd], 83, "v128.any_true"],
  ["v>v", [simd], 94, "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4"],
  ["v>v", [simd], 96, each("i8x16", "abs neg popcnt")],
  ["v>i", [simd], 99, each("i8x16", "all_true bitmask")],
  ["vv>v", [simd], 101, each("i8x16", "narrow_i16x8_s narrow_i16x8_u")],
  ["v>v", [simd], 103, each("f32x4", "ceil floor trunc nearest")],
  ["vi>v", [simd], 107, each("i8x16", "shl shr_s shr_u")],
  ["vv>v", [simd], 110, each("i8x16", "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u")],
  ["v>v", [simd], 116, each("f64x2", "ceil floor")],
  ["vv>v", [simd], 118, each("i8x16", "min_s min_u max_s max_u - avgr_u")],
  ["v>v", [simd], 122, "f64x2.trunc"],
  ["v>v", [simd], 124, each("i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u")],
  ["v>v", [simd], 126, each("i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u")],
  ["v>v", [simd], 128, each("i16x8", "abs neg")],
  ["vv>v", [simd], 130, "i16x8.q15mulr_sat_s"],
  ["v>i", [simd], 131, each("i16x8", "all_true bitmask")],
  ["vv>v", [simd], 133, each("i16x8", "narrow_i32x4_s narrow_i32x4_u")],
  ["v>v", [simd], 135, each("i16x8", extensions("i8x16"))],
  ["vi>v", [simd], 139, each("i16x8", "shl shr_s shr_u")],
  ["vv>v", [simd], 142, each("i16x8", "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u")],
  ["v>v", [simd], 148, "f64x2.nearest"],
  ["vv>v", [simd], 149, each("i16x8", "mul min_s min_u max_s max_u - avgr_u")],
  ["vv>v", [simd], 156, each("i16x8", longProducts("i8x16"))],
  ["v>v", [simd], 160, each("i32x4", "abs neg")],
  ["v>i", [simd], 163, each("i32x4", "all_true bitmask")],
  ["v>v", [simd], 167, each("i32x4", extensions("i16x8"))],
  ["vi>v", [simd], 171, each("i32x4", "shl shr_s shr_u")],
  ["vv>v", [simd], 174, each("i32x4", "add - - sub - - - mul min_s min_u max_s max_u")],
  ["vv>v", [simd], 186, "i32x4.dot_i16x8_s"],
  ["vv>v", [simd], 188, each("i32x4", longProducts("i16x8"))],
  ["v>v", [simd], 192, each("i64x2", "abs neg")],
  ["v>i", [simd], 195, each("i64x2", "all_true bitmask")],
  ["v>v", [simd], 199, each("i64x2", extensions("i32x4"))],
  ["vi>v", [simd], 203, each("i64x2", "shl shr_s shr_u")],
  ["vv>v", [simd], 206, each("i64x2", "add - - sub - - - mul eq ne lt_s gt_s le_s ge_s")],
  ["vv>v", [simd], 220, each("i64x2", longProducts("i32x4"))],
  ["v>v", [simd], 224, each("f32x4", "abs neg - sqrt")],
  ["vv>v", [simd], 228, each("f32x4", "add sub mul div min max pmin pmax")],
  ["v>v", [simd], 236, each("f64x2", "abs neg - sqrt")],
  ["vv>v", [simd], 240, each("f64x2", "add sub mul div min max pmin pmax")],
  ["v>v", [simd], 248, each("i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u")],
  ["v>v", [simd], 250, each("f32x4", "convert_i32x4_s convert_i32x4_u")],
  ["v>v", [simd], 252, each("i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero")],
  ["v>v", [simd], 254, each("f64x2", "convert_low_i32x4_s convert_low_i32x4_u")],
];

/** Results may differ between machines: fused or not, NaN or not. Engines may lack them; see runtime's features. */
const relaxedRuns: readonly Run[] = [
  ["vv>v", [simd], 0x100, "i8x16.relaxed_swizzle"],
  ["v>v", [simd], 0x101, each("i32x4", "relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u")],
  ["v>v", [simd], 0x103, each("i32x4", "relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero")],
  ["vvv>v", [simd], 0x105, each("f32x4", "relaxed_madd relaxed_nmadd")],
  ["vvv>v", [simd], 0x107, each("f64x2", "relaxed_madd relaxed_nmadd")],
  ["vvv>v", [simd], 0x109, "i8x16.relaxed_laneselect i16x8.relaxed_laneselect"],
  ["vvv>v", [simd], 0x10b, "i32x4.relaxed_laneselect i64x2.relaxed_laneselect"],
  ["vv>v", [simd], 0x10d, each("f32x4", "relaxed_min relaxed_max")],
  ["vv>v", [simd], 0x10f, each("f64x2", "relaxed_min relaxed_max")],
  ["vv>v", [simd], 0x111, each("i16x8", "relaxed_q15mulr_s relaxed_dot_i8x16_i7x16_s")],
  ["vvv>v", [simd], 0x113, "i32x4.relaxed_dot_i8x16_i7x16_add_s"],
];

/** Instructions over the stack alone. `select` is missing: its type is that of its operands. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [...scalarRuns, ...vectorRuns, ...relaxedRuns].flatMap(([signature, prefix, first, names]) =>
    numbered(names, first).map(([name, code]) => [name, operator(name, signature, prefix, code)]),
  ),
);

/** Bytes of an access, then first opcode and names, as above. */
type AccessRun = readonly [Signature, readonly [number?], number, string];

const loadRuns: readonly AccessRun[] = [
  [">i", [], 0x28, "i32.load"],
  [">l", [], 0x29, "i64.load"],
  [">f", [], 0x2a, "f32.load"],
  [">d", [], 0x2b, "f64.load"],
  [">i", [], 0x2c, each("i32", "load8_s load8_u load16_s load16_u")],
  [">l", [], 0x30, each("i64", "load8_s load8_u load16_s load16_u load32_s load32_u")],
  [">v", [simd], 0, "v128.load"],
  [
    ">v",
    [simd],
    1,
    each("v128", "load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u"),
  ],
  [">v", [simd], 7, each("v128", "load8_splat load16_splat load32_splat load64_splat")],
  ["v>v", [simd], 84, each("v128", "load8_lane load16_lane load32_lane load64_lane")],
  [">v", [simd], 92, each("v128", "load32_zero load64_zero")],
  [">i", [atomic], 0x10, "i32.atomic.load"],
  [">l", [atomic], 0x11, "i64.atomic.load"],
  [">i", [atomic], 0x12, each("i32", "atomic.load8_u atomic.load16_u")],
  [">l", [atomic], 0x14, each("i64", "atomic.load8_u atomic.load16_u atomic.load32_u")],
];

const storeRuns: readonly AccessRun[] = [
  ["i>", [], 0x36, "i32.store"],
  ["l>", [], 0x37, "i64.store"],
  ["f>", [], 0x38, "f32.store"],
  ["d>", [], 0x39, "f64.store"],
  ["i>", [], 0x3a, each("i32", "store8 store16")],
  ["l>", [], 0x3c, each("i64", "store8 store16 store32")],
  ["v>", [simd], 11, "v128.store"],
  ["v>", [simd], 88, each("v128", "store8_lane store16_lane store32_lane store64_lane")],
  ["i>", [atomic], 0x17, "i32.atomic.store"],
  ["l>", [atomic], 0x18, "i64.atomic.store"],
  ["i>", [atomic], 0x19, each("i32", "atomic.store8 atomic.store16")],
  ["l>", [atomic], 0x1b, each("i64", "atomic.store8 atomic.store16 atomic.store32")],
];

const atomicRuns: readonly AccessRun[] = [
  ["i>i", [atomic], 0, "memory.atomic.notify"],
  ["il>i", [atomic], 1, "memory.atomic.wait32"],
  ["ll>i", [atomic], 2, "memory.atomic.wait64"],
  ...modifications("add", 0x1e),
  ...modifications("sub", 0x25),
  ...modifications("and", 0x2c),
  ...modifications("or", 0x33),
  ...modifications("xor", 0x3a),
  ...modifications("xchg", 0x41),
  ...modifications("cmpxchg", 0x48),
];

export const loads: ReadonlyMap<string, Access> = accesses(loadRuns);
export const stores: ReadonlyMap<string, Access> = accesses(storeRuns);
/** Read-modify-write, wait and notify. Plain atomic loads and stores stand among `loads` and `stores`. */
export const atomics: ReadonlyMap<string, Access> = accesses(atomicRuns);

function each(shape: string, names: string): string {
  return names
    .split(" ")
    .map((name) => (name === "-" ? name : `${shape}.${name}`))
    .join(" ");
}

function extensions(from: string): string {
  return `extend_low_${from}_s extend_high_${from}_s extend_low_${from}_u extend_high_${from}_u`;
}

function longProducts(from: string): string {
  return `extmul_low_${from}_s extmul_high_${from}_s extmul_low_${from}_u extmul_high_${from}_u`;
}

/** The seven widths of a read-modify-write. */
function modifications(name: string, first: number): AccessRun[] {
  const narrow = (type: string, bits: readonly number[]): string =>
    bits.map((size) => `${type}.atomic.rmw${size}.${name}_u`).join(" ");
  const i = name === "cmpxchg" ? "ii>i" : "i>i";
  const l = name === "cmpxchg" ? "ll>l" : "l>l";
  return [
    [i, [atomic], first, `i32.atomic.rmw.${name}`],
    [l, [atomic], first + 1, `i64.atomic.rmw.${name}`],
    [i, [atomic], first + 2, narrow("i32", [8, 16])],
    [l, [atomic], first + 4, narrow("i64", [8, 16, 32])],
  ];
}

function numbered(names: string, first: number): [name: string, code: number][] {
  return names
    .split(" ")
    .map((name, i): [string, number] => [name, first + i])
    .filter(([name]) => name !== "-");
}

function operator(
  name: string,
  signature: Signature,
  prefix: readonly [number?],
  code: number,
): Operator {
  const { params, result } = parse(signature);
  if (!result) throw new Error(`${name} gives nothing`);
  const immediate = name.endsWith(".shuffle")
    ? ({ immediate: "lanes" } as const)
    : /_lane(_[su])?$/.test(name)
      ? ({ immediate: "lane" } as const)
      : {};
  return { code: opcode(prefix, code), params, result, ...immediate };
}

function accesses(runs: readonly AccessRun[]): ReadonlyMap<string, Access> {
  return new Map(
    runs.flatMap(([signature, prefix, first, names]) =>
      numbered(names, first).map(([name, code]): [string, Access] => {
        const lane = name.endsWith("_lane") ? ({ lane: true } as const) : {};
        return [
          name,
          { code: opcode(prefix, code), align: alignment(name), ...parse(signature), ...lane },
        ];
      }),
    ),
  );
}

/** The bytes that an access touches stand in its name, or are those of its type. */
function alignment(name: string): number {
  const [, bits = "", count = ""] = /\.(?:atomic\.)?[a-z]+(\d+)?(?:x(\d+))?/.exec(name) ?? [];
  if (name.startsWith("memory.atomic")) return name.endsWith("64") ? 3 : 2;
  const [type = ""] = name.split(".");
  const size = bits === "" ? Number(type.slice(1)) : Number(bits) * (count ? Number(count) : 1);
  return Math.log2(size / 8);
}

function opcode([prefix]: readonly [number?], code: number): readonly number[] {
  if (prefix === undefined) return [code];
  const tail = code < 0x80 ? [code] : [(code & 0x7f) | 0x80, code >> 7];
  return [prefix, ...tail];
}

function parse(signature: Signature): { params: readonly ValueType[]; result?: ValueType } {
  const [from = "", to = ""] = signature.split(">");
  const types = (text: string): ValueType[] =>
    text.split("").flatMap((letter) => letters[letter as keyof typeof letters] ?? []);
  const [result] = types(to);
  return { params: types(from), ...(result ? { result } : {}) };
}
