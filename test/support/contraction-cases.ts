// Contractions made by hand. The interpreter of plans tells the results.

import { axisIndex, constantIndex, offsetIndex } from "../../compiler/schedule/index-form.ts";
import type { Kernel } from "../../compiler/schedule/kernel.ts";
import { createScalars } from "../../compiler/schedule/scalars.ts";
import { numbers } from "../schedule/support.ts";
import type { KernelCase } from "./kernel-cases.ts";
import { planOf } from "./plans.ts";

/** Tails on every side, batch axes, axes in pieces, sums longer than a block, a border, an epilogue. */
export function contraction(
  batch: number,
  m: readonly number[],
  n: readonly number[],
  k: readonly number[],
  dtype: "f32" | "i32" = "f32",
): KernelCase {
  const s = createScalars();
  const axes = (letter: string, extents: readonly number[]) =>
    extents.map((extent, i) => ({ name: `${letter}${i}`, extent }));
  const [bs, ms, ns, ks] = [axes("b", [batch]), axes("m", m), axes("n", n), axes("k", k)];
  const indices = (list: typeof bs) => list.map(axisIndex);
  const [b, im, inn, ik] = [indices(bs), indices(ms), indices(ns), indices(ks)];
  // The first element of the innermost k axis is a border: outside of b, where nothing is added.
  const last = ik.at(-1) ?? constantIndex(0);
  const inside = offsetIndex(last, -1);
  const guard = s.within(inside, (k.at(-1) ?? 1) - 1);
  // So is the first row of a.
  const rows = offsetIndex(im[0] ?? constantIndex(0), -1);
  const belowFirst = s.within(rows, m[0] ?? 1);
  const kernel: Kernel = {
    origins: [],
    kind: "contract",
    name: "contract",
    batch: bs,
    m: ms,
    n: ns,
    k: ks,
    a: s.select(belowFirst, s.load(0, [...b, ...im, ...ik], dtype), s.number(0, dtype)),
    b: s.select(
      guard,
      s.load(1, [...b, ...ik.slice(0, -1), inside, ...inn], dtype),
      s.number(0, dtype),
    ),
    after: [
      {
        to: 2,
        at: [...b, ...im, ...inn],
        value: s.apply("add", [s.accumulator(0, dtype), s.load(3, inn, dtype)], dtype),
      },
      {
        to: 4,
        at: [...b, ...inn, ...im],
        value: s.apply("gt", [s.accumulator(0, dtype), s.number(0, dtype)], "bool"),
      },
    ],
    sums: [],
  };
  const shapes = [[batch, ...m, ...k], [batch, ...k, ...n], [batch, ...m, ...n], n];
  const size = (shape: readonly number[]) => shape.reduce((product, x) => product * x, 1);
  const plan = planOf(
    [kernel],
    [...shapes.map((shape) => ({ dtype, shape })), { dtype: "bool", shape: [batch, ...n, ...m] }],
  );
  const inputs = new Map(
    [0, 1, 3].map((value) => {
      const drawn = numbers(size(shapes[value] ?? []), value + 1);
      return [value, dtype === "i32" ? drawn.map((x) => Math.round(100 * x)) : drawn];
    }),
  );
  return {
    name: `contraction ${batch}; ${m.join("·")}; ${n.join("·")}; ${k.join("·")} in ${dtype}`,
    plan,
    inputs,
  };
}

export const contractionCases: readonly KernelCase[] = [
  contraction(2, [3, 3], [5], [7]),
  contraction(1, [5], [2, 3], [3, 700]),
  contraction(3, [2, 2], [1], [2, 3, 1100]),
  contraction(1, [6], [7], [5, 2, 500]),
  // Where tiles are three rows by twelve lanes, if multiply-add is one instruction.
  contraction(2, [26], [6], [19]),
  contraction(1, [6], [26], [3, 130]),
  contraction(1, [2, 25], [5], [2, 401]),
  contraction(1, [2, 3], [2, 14], [5, 700], "i32"),
  contraction(2, [3, 3], [5], [7], "i32"),
];
