// How a random graph grows by one operator: a maker for every primitive. See random-graph.ts.

import type { Form, Node } from "../../compiler/ir/graph.ts";
import { canLeave, formsAsAttr, makeFull, plain } from "../../compiler/ops/make.ts";
import { knownShape } from "../../compiler/ops/shapes.ts";
import { sizeOf } from "../../runtime/types.ts";
import {
  numberType,
  randomShape,
  worst,
  type Context,
  type Fact,
  type Maker,
} from "./random-context.ts";
import { pointwise } from "./random-pointwise.ts";

// ---- sources

const constant: Maker = (c) => {
  const dtype = c.r.pick(["f32", "i32", "bool"] as const);
  const shape = randomShape(c.r);
  const value = (): number => {
    if (dtype === "bool") return c.r.below(2);
    return dtype === "i32" ? c.r.below(9) - 4 : (c.r.below(33) - 16) / 8;
  };
  const fact = { bound: 4, bits: dtype === "f32" ? 3 : 0 };
  if (c.r.below(2) === 0) return c.note(makeFull(c.b, dtype, shape, value()), fact);
  const values = Array.from({ length: sizeOf(shape) }, value);
  return c.note(c.b.node("constant", [], { values }, { dtype, shape }), fact);
};

const iota: Maker = (c) => {
  const shape = randomShape(c.r, 1);
  const axis = c.r.below(shape.length);
  return c.make({ bound: 5, bits: 0 }, "iota", [], { shape: [...shape], axis });
};

/** 24 random bits: exact, and too fine for any sum to be. */
const random: Maker = (c) => {
  const place = `noise_${c.r.below(3)}#0`;
  return c.make({ bound: 1, bits: 24 }, "random", c.scalars, {
    shape: [...randomShape(c.r)],
    place,
  });
};

// ---- what rearranges

const view: Maker = (c) => {
  const x = c.draw(c.r.pick(["f32", "f32", "i32", "bool"] as const));
  return c.r.pick([spread, padded, anyView])(c, x);
};

const anyView = (c: Context, x: Node): Node => randomView(c, x, randomShape(c.r));

/** Repeated along a new axis. */
function spread(c: Context, x: Node): Node {
  const own = knownShape(x.type);
  const at = c.r.below(own.length + 1);
  const shape = [...own.slice(0, at), 1 + c.r.below(4), ...own.slice(at)];
  const forms = formsAsAttr(own.map((_, d) => plain(d < at ? d : d + 1)));
  return c.make(c.fact(x), "view", [x], { shape, forms, fill: "unreachable" });
}

/** With a border of zeros along one axis. */
function padded(c: Context, x: Node): Node | undefined {
  const own = knownShape(x.type);
  if (own.length === 0) return undefined;
  const axis = c.r.below(own.length);
  const [before, after] = [c.r.below(4), c.r.below(4)];
  const shape = own.map((size, d) => (d === axis ? before + size + after : size));
  const forms = formsAsAttr(own.map((_, d) => ({ ...plain(d), offset: d === axis ? -before : 0 })));
  const fill = before + after === 0 ? "unreachable" : 0;
  return c.make(c.fact(x), "view", [x], { shape, forms, fill });
}

/** Any shape through forms of all kinds: shifted, reversed, spread out, divided, several axes in one. */
export function randomView(c: Context, x: Node, shape: readonly number[]): Node {
  const { r } = c;
  const own = knownShape(x.type);
  const forms = own.map((size): Form => {
    if (shape.length === 0 || r.below(6) === 0)
      return { terms: [], offset: r.below(size), divisor: 1 };
    const axis = r.below(shape.length);
    const coefficient = r.pick([1, 1, 1, -1, 2]);
    const offset = coefficient < 0 ? size - 1 : r.pick([0, 0, 0, -1, 1]);
    const other = r.below(shape.length);
    const more = other !== axis && r.below(4) === 0 ? [{ axis: other, coefficient: 1 }] : [];
    return { terms: [{ axis, coefficient }, ...more], offset, divisor: r.pick([1, 1, 1, 1, 2]) };
  });
  const outside = forms.some((form, d) => canLeave(form, shape, own[d] ?? 1));
  const fill = outside
    ? x.type.dtype === "f32"
      ? r.pick([0, 0, 1, -0.5])
      : r.below(2)
    : "unreachable";
  const fact = worst([c.fact(x), { bound: 1, bits: fill === -0.5 ? 1 : 0 }]);
  return c.make(fact, "view", [x], { shape: [...shape], forms: formsAsAttr(forms), fill });
}

const reshape: Maker = (c) => {
  const x = c.draw(c.r.pick(["f32", "f32", "i32", "bool"] as const));
  const own = knownShape(x.type);
  const shape = c.r.pick([[sizeOf(own)], [1, ...own], [...own, 1], mergeTwo(own), splitOne(own)]);
  return c.make(c.fact(x), "reshape", [x], { shape: [...shape] });
};

function mergeTwo(shape: readonly number[]): readonly number[] {
  const [a, b, ...rest] = shape;
  return a === undefined || b === undefined ? shape : [a * b, ...rest];
}

function splitOne(shape: readonly number[]): readonly number[] {
  const at = shape.findIndex((size) => size % 2 === 0 && size > 0);
  return at < 0 ? shape : [...shape.slice(0, at), 2, (shape[at] ?? 2) / 2, ...shape.slice(at + 1)];
}

const concat: Maker = (c) => {
  const x = c.draw(c.r.pick(["f32", "f32", "i32", "bool"] as const));
  const own = knownShape(x.type);
  if (own.length === 0) return undefined;
  const axis = c.r.below(own.length);
  const others = Array.from({ length: 1 + c.r.below(2) }, () => {
    const size = 1 + c.r.below(3);
    return c.fit(
      c.draw(x.type.dtype),
      own.map((n, d) => (d === axis ? size : n)),
    );
  });
  const parts = c.r.below(2) === 0 ? [x, ...others] : [...others, x];
  return c.make(worst(parts.map(c.fact)), "concat", parts, { axis });
};

// ---- reductions

function someAxes(c: Context, rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter(() => c.r.below(2) === 0);
  return axes.length === 0 && rank > 0 ? [c.r.below(rank)] : axes;
}

const reduce: Maker = (c) => {
  const x = c.draw(c.r.pick(["f32", "f32", "i32", "bool"] as const));
  const own = knownShape(x.type);
  const axes = someAxes(c, own.length);
  const count = axes.reduce((n, axis) => n * (own[axis] ?? 1), 1);
  const ties = c.r.pick(["share", "first"]);
  const kind = x.type.dtype === "bool" ? "sum" : c.r.pick(["sum", "sum", "max", "min", "prod"]);
  const { bound, bits } = c.fact(x);
  const fact: Readonly<Record<string, Fact>> = {
    sum: { bound: bound * count, bits },
    prod: {
      bound: Math.max(1, bound) ** count,
      bits: bits === undefined ? undefined : bits * count,
    },
  };
  return c.make(fact[kind] ?? c.fact(x), "reduce", [x], { kind, axes, ties });
};

const argmax: Maker = (c) => {
  const x = c.exact(numberType(c.r), 24);
  const own = knownShape(x.type);
  const axes = someAxes(c, own.length);
  const count = axes.reduce((n, axis) => n * (own[axis] ?? 1), 1);
  const kind = c.r.pick(["max", "min"]);
  return axes.length === 0
    ? undefined
    : c.make({ bound: count, bits: 0 }, "argmax", [x], { kind, axes });
};

/** Products over axes of their own, windows among them; elements outside contribute nothing. */
const contract: Maker = (c) => {
  const { r } = c;
  const [a, b] = [c.draw("f32"), c.draw("f32")];
  const sizes = Array.from({ length: 2 + r.below(3) }, () => 1 + r.below(4));
  const axes = sizes.map((_, axis) => axis);
  const out = axes.filter(() => r.below(2) === 0).reverse();
  const formsOf = (x: Node): Form[] =>
    knownShape(x.type).map((size) => {
      const form = plain(r.below(sizes.length));
      const other = r.below(sizes.length);
      if (other === form.terms[0]?.axis || r.below(3) > 0) return form;
      const terms = [
        { axis: form.terms[0]?.axis ?? 0, coefficient: r.pick([1, 2]) },
        { axis: other, coefficient: r.pick([1, -1, 2]) },
      ];
      return { terms, offset: r.pick([0, -1, size - 1]), divisor: r.pick([1, 1, 2]) };
    });
  const count = axes
    .filter((axis) => !out.includes(axis))
    .reduce((n, axis) => n * (sizes[axis] ?? 1), 1);
  const [f, g] = [c.fact(a), c.fact(b)];
  const bits = f.bits === undefined || g.bits === undefined ? undefined : f.bits + g.bits;
  return c.make({ bound: f.bound * g.bound * count, bits }, "contract", [a, b], {
    sizes,
    out,
    a: formsAsAttr(formsOf(a)),
    b: formsAsAttr(formsOf(b)),
  });
};

/** A pooling: windows padded with −∞, each with something in it, and their maximum. */
const pool: Maker = (c) => {
  const x = c.draw("f32");
  const [size, ...rest] = knownShape(x.type);
  if (size === undefined) return undefined;
  const width = 2 + c.r.below(2);
  const stride = 1 + c.r.below(2);
  const shape = [Math.ceil(size / stride), width, ...rest];
  const window = {
    terms: [
      { axis: 0, coefficient: stride },
      { axis: 1, coefficient: 1 },
    ],
    offset: -1,
    divisor: 1,
  };
  const forms = formsAsAttr([window, ...rest.map((_, i) => plain(i + 2))]);
  const windows = c.b.node("view", [x], { shape, forms, fill: -Infinity });
  return c.make(c.fact(x), "reduce", [windows], { kind: "max", axes: [1], ties: "first" });
};

// ---- by index

const gather: Maker = (c) => {
  const x = c.draw(numberType(c.r));
  const own = knownShape(x.type);
  const index = c.fit(c.draw("i32"), randomShape(c.r, 0, 2));
  if (own.length === 0) return undefined;
  return c.make(c.fact(x), "gather", [x, index], { axis: c.r.below(own.length) });
};

const scatterAdd: Maker = (c) => {
  const index = c.fit(c.draw("i32"), randomShape(c.r, 0, 2));
  const rows = knownShape(index.type);
  const [before, after] = [randomShape(c.r, 0, 1), randomShape(c.r, 0, 1)];
  const source = c.fit(c.draw(numberType(c.r)), [...before, ...rows, ...after]);
  const { bound, bits } = c.fact(source);
  return c.make(
    { bound: bound * Math.max(1, sizeOf(rows)), bits },
    "scatter_add",
    [index, source],
    {
      axis: before.length,
      size: 1 + c.r.below(5),
    },
  );
};

/** Every primitive but `input` (always there), `dim` (gone once sizes are known) and `host` (initialisers only). */
export const makers = {
  ...pointwise,
  constant,
  iota,
  random,
  view,
  reshape,
  concat,
  reduce,
  argmax,
  contract,
  gather,
  scatter_add: scatterAdd,
  pool,
} as const satisfies Readonly<Record<string, Maker>>;

/** A primitive that is drawn; `pool` is a view with a reduction. */
export type RandomOp = keyof typeof makers;

export const randomOps = Object.keys(makers) as readonly RandomOp[];
