// Layout and indexing.

import {
  attr,
  listAttr,
  literal,
  numberAttr,
  shapeOf,
  type OpCase,
  type OpTable,
} from "./define.ts";

export const layout = {
  gather: (c) => {
    // torch.gather reads only the leading part of x along the other axes; ours wants it cut.
    const index = shapeOf(c, "index");
    const axis = positive(numberAttr(c, "axis"), index.length);
    const cuts = index.map((n, i) => (i === axis ? ":" : `:${n}`));
    return `take_along(x[${cuts.join(", ")}], index, axis = ${attr(c, "axis")})`;
  },
  take: (c) => `take(x, index, axis = ${attr(c, "axis")})`,
  one_hot: (c) => `index |> one_hot(${attr(c, "classes")})`,
  reshape: (c) =>
    `x |> reshape([${listAttr(c, "shape")
      .map((n) => (n === -1 ? "_" : n))
      .join(", ")}])`,
  transpose: (c) => `x |> transpose(${attr(c, "perm")})`,
  slice: (c) => {
    const ranges = c.attrs["ranges"] as readonly (readonly [
      number | null,
      number | null,
      number,
    ])[];
    return `x[${ranges.map(([a, b, step]) => `${a ?? ""}:${b ?? ""}:${step}`).join(", ")}]`;
  },
  concat: (c) => `concat([${Object.keys(c.inputs).join(", ")}], axis = ${attr(c, "axis")})`,
  stack: (c) => `stack([${Object.keys(c.inputs).join(", ")}], axis = ${attr(c, "axis")})`,
  split: (c) => {
    const names = Object.keys(c.outputs);
    return {
      lets: `let (${names.map((n) => `part_${n}`).join(", ")}) = x |> split(${attr(c, "sizes")}, axis = ${attr(c, "axis")})`,
      outputs: Object.fromEntries(names.map((n) => [n, `part_${n}`])),
    };
  },
  pad: (c) => {
    const pads = c.attrs["pads"] as readonly (readonly [number, number])[];
    if (c.attrs["mode"] === "constant") {
      return `x |> pad([${pads.map(([a, b]) => `(${a}, ${b})`).join(", ")}], value = ${attr(c, "value")})`;
    }
    // Reflection and replication pick rows again: a gather along each axis that grows.
    return pads.reduce((text, [before, after], axis) => {
      const n = shapeOf(c, "x")[axis] ?? 0;
      const rows = Array.from({ length: before + n + after }, (_, i) => mirrored(i - before, n, c));
      return before + after === 0
        ? text
        : `take(${text}, tensor(${literal(rows)}), axis = ${axis})`;
    }, "x");
  },
  flip: (c) => {
    const list = listAttr(c, "axes");
    return `x |> flip(${list.length === 1 ? list[0] : `(${list.join(", ")})`})`;
  },
  expand: (c) => `x |> expand(${attr(c, "shape")})`,
  repeat: (c) =>
    listAttr(c, "times").reduce(
      (text, times, axis) => `concat(map(range(${times}), _ => ${text}), axis = ${axis})`,
      "x",
    ),
  repeat_interleave: (c) => {
    const axis = numberAttr(c, "axis");
    const times = numberAttr(c, "times");
    const n = shapeOf(c, "x")[positive(axis, shapeOf(c, "x").length)] ?? 0;
    return `take(x, div(iota(${n * times}), ${times}), axis = ${axis})`;
  },
  roll: (c) => {
    const shape = shapeOf(c, "x");
    const axis = positive(numberAttr(c, "axis"), shape.length);
    const n = shape[axis] ?? 1;
    const cut = (n - (((numberAttr(c, "shift") % n) + n) % n)) % n;
    const before = shape
      .slice(0, axis)
      .map(() => ":, ")
      .join("");
    return `concat([x[${before}${cut}:], x[${before}:${cut}]], axis = ${axis})`;
  },
  tril: (c) => {
    const [rows = 0, columns = 0] = shapeOf(c, "x").slice(-2);
    const distance = `iota(${columns})[none, :] - iota(${rows})[:, none]`;
    const diagonal = attr(c, "diagonal");
    return {
      outputs: {
        tril: `where(${distance} <= ${diagonal}, x, 0)`,
        triu: `where(${distance} >= ${diagonal}, x, 0)`,
      },
    };
  },
} satisfies OpTable;

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function mirrored(i: number, n: number, c: OpCase): number {
  if (c.attrs["mode"] === "replicate") return Math.min(Math.max(i, 0), n - 1);
  return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}
