// `einsum` and `rearrange`: the strings are checked against the shapes, names in scope as ints must agree.

import type { Span } from "../../../grammar/source.ts";
import { compare, divideExactly, formatDim, multiply, product, type Dim } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { emit, emitValue, report } from "../context.ts";
import { axisNames, readNotation, type AxisName, type Term } from "../notation.ts";
import { lookup } from "../scope.ts";
import { castNode, isFloat, sameShape } from "../tensors.ts";
import { formatShape } from "../text.ts";
import { errorValue, tensor, type StringValue, type Value } from "../values.ts";
import { input, type Intrinsic, type IntrinsicCall } from "./define.ts";
import { readString, tensorInputOf } from "./read.ts";

/** Sizes of the names seen so far in one application. */
class Sizes {
  readonly #known = new Map<string, Dim>();
  readonly #call: IntrinsicCall;
  readonly #pattern: StringValue;

  constructor(call: IntrinsicCall, pattern: StringValue) {
    this.#call = call;
    this.#pattern = pattern;
  }

  /** From an operand before, from the arguments, or from the scope of the string. */
  get(name: string): Dim | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const given = this.#call.settings.get(name)?.value ?? lookup(this.#pattern.scope, name);
    return given?.kind === "int" ? given.value : undefined;
  }

  /** False after reporting that the name has another size. */
  set(axis: AxisName, size: Dim): boolean {
    const known = this.get(axis.name);
    if (known !== undefined) {
      const found = compare(known, size);
      if (found !== "equal") {
        const sides = {
          what: `the axis \`${axis.name}\``,
          left: formatDim(known),
          right: formatDim(size),
        };
        report(
          this.#call.ctx,
          found === "different" ? "shape-mismatch" : "shape-unknown",
          axis.span,
          sides,
          {
            notes: [{ message: `used in this call`, span: this.#call.span }],
          },
        );
        return false;
      }
    }
    this.#known.set(axis.name, size);
    return true;
  }
}

function wrongRank(call: IntrinsicCall, terms: readonly Term[], node: Node, span: Span): undefined {
  const expected = terms.some((term) => term.kind === "rest")
    ? `at least ${terms.length - 1} axes`
    : `${terms.length} axes`;
  report(call.ctx, "rank-mismatch", span, {
    what: `an operand of \`${call.name}\``,
    expected,
    found: formatShape(node.type.shape),
  });
  return undefined;
}

/** The size that stands at each term; for `...` the sizes that are left. */
function align(
  call: IntrinsicCall,
  terms: readonly Term[],
  node: Node,
  span: Span,
): { term: Term; sizes: readonly Dim[] }[] | undefined {
  const { shape } = node.type;
  const rest = terms.findIndex((term) => term.kind === "rest");
  const extra = shape.length - terms.length + (rest < 0 ? 0 : 1);
  if (rest < 0 ? extra !== 0 : extra < 0) return wrongRank(call, terms, node, span);
  let axis = 0;
  return terms.map((term) => {
    const count = term.kind === "rest" ? extra : 1;
    const sizes = shape.slice(axis, axis + count);
    axis += count;
    return { term, sizes };
  });
}

const einsum: Intrinsic = {
  name: "einsum",
  settings: [{ name: "pattern" }],
  inputs: ["a", "b"],
  required: 1,
  build: (call) => {
    const { ctx, span } = call;
    const pattern = readString(call, "pattern");
    const notation = pattern && readNotation(ctx, pattern, span);
    if (!pattern || !notation) return errorValue;
    const values = operandsOf(call);
    if (values.length !== notation.left.length) {
      const problem = `this notation names ${notation.left.length} operands, but ${values.length} are given`;
      return report(ctx, "bad-notation", notation.span, { problem });
    }
    const sizes = new Sizes(call, pattern);
    const nodes: Node[] = [];
    const names: string[][] = [];
    for (const [i, terms] of notation.left.entries()) {
      const node = tensorInputOf({ ...call, inputs: values }, i, i === 0 ? "a" : "b");
      const aligned = node && align(call, terms, node, notation.span);
      if (!node || !aligned) return errorValue;
      const prepared = prepare(call, node, aligned, sizes);
      if (!prepared) return errorValue;
      nodes.push(prepared.node);
      names.push(prepared.names);
    }
    const out = outNames(call, notation.right, names);
    return out
      ? emitValue(ctx, span, "einsum", nodes, { a: names[0] ?? [], b: names[1] ?? null, out })
      : errorValue;
  },
};

function operandsOf(call: IntrinsicCall): Value[] {
  const [a, b] = [input(call, 0), input(call, 1)];
  if (b.kind === "none" && a.kind === "tuple") return [...a.items];
  return b.kind === "none" ? [a] : [a, b];
}

/** An operand with a name for each axis: units dropped, `...` named from the end, in floats. */
function prepare(
  call: IntrinsicCall,
  node: Node,
  aligned: readonly { term: Term; sizes: readonly Dim[] }[],
  sizes: Sizes,
): { node: Node; names: string[] } | undefined {
  const names: string[] = [];
  const units: number[] = [];
  let axis = 0;
  for (const { term, sizes: own } of aligned) {
    const [size = 1] = own;
    if (term.kind === "group") {
      report(call.ctx, "bad-notation", term.span, {
        problem: "`einsum` has no groups; `rearrange` takes axes apart and together",
      });
      return undefined;
    }
    if (term.kind === "axis") {
      if (!sizes.set(term, size)) return undefined;
      names.push(term.name);
    } else if (term.kind === "rest") {
      own.forEach((_, i) => names.push(`...${own.length - i}`));
    } else {
      if (!isUnit(call, term, size)) return undefined;
      units.push(axis);
    }
    axis += own.length;
  }
  const dtype = isFloat(node.type.dtype) ? node.type.dtype : "f32";
  const wide = castNode(call.ctx, call.span, node, dtype);
  const squeezed =
    wide && units.length > 0 ? emit(call.ctx, call.span, "squeeze", [wide], { axes: units }) : wide;
  return squeezed && { node: squeezed, names };
}

function isUnit(call: IntrinsicCall, term: Term, size: Dim): boolean {
  if (size === 1) return true;
  report(call.ctx, "shape-mismatch", term.span, {
    what: "the axis `1`",
    left: "1",
    right: formatDim(size),
  });
  return false;
}

function outNames(
  call: IntrinsicCall,
  terms: readonly Term[],
  operands: readonly (readonly string[])[],
): string[] | undefined {
  const rest = Math.max(
    0,
    ...operands.map((names) => names.filter((name) => name.startsWith("...")).length),
  );
  const out: string[] = [];
  for (const term of terms) {
    if (term.kind === "rest") {
      for (let i = rest; i > 0; i--) out.push(`...${i}`);
      continue;
    }
    const problem =
      term.kind !== "axis"
        ? "the result of `einsum` has names only"
        : out.includes(term.name)
          ? `\`${term.name}\` stands in the result twice`
          : operands.some((names) => names.includes(term.name))
            ? undefined
            : `\`${term.name}\` stands in no operand`;
    if (problem !== undefined || term.kind !== "axis") {
      report(call.ctx, "bad-notation", term.span, { problem: problem ?? "" });
      return undefined;
    }
    out.push(term.name);
  }
  return out;
}

const rearrange: Intrinsic = {
  name: "rearrange",
  settings: [{ name: "pattern" }],
  inputs: ["x"],
  openNames: true,
  build: (call) => {
    const { ctx, span } = call;
    const pattern = readString(call, "pattern");
    const notation = pattern && readNotation(ctx, pattern, span);
    const node = tensorInputOf(call);
    const [terms, ...more] = notation?.left ?? [];
    if (!pattern || !notation || !node || !terms) return errorValue;
    if (more.length > 0)
      return report(ctx, "bad-notation", notation.span, { problem: "`rearrange` has one operand" });
    const twice = axisNames(terms).find(
      (axis, i, all) => all.findIndex((other) => other.name === axis.name) < i,
    );
    if (twice)
      return report(ctx, "bad-notation", twice.span, {
        problem: `\`${twice.name}\` stands here twice`,
      });
    const missing = axisNames(terms).find(
      (axis) => !axisNames(notation.right).some((other) => other.name === axis.name),
    );
    if (missing)
      return report(ctx, "bad-notation", missing.span, {
        problem: `\`${missing.name}\` does not stand in the result`,
      });

    const aligned = align(call, terms, node, notation.span);
    const sizes = new Sizes(call, pattern);
    const flat = aligned && takeApart(call, aligned, sizes);
    if (!flat) return errorValue;
    const rest = aligned.find(({ term }) => term.kind === "rest")?.sizes ?? [];
    const order = arrange(call, notation.right, flat, rest, sizes);
    if (!order) return errorValue;

    const apart = reshapeNode(
      call,
      node,
      flat.map(({ size }) => size),
    );
    const identity = order.perm.every((axis, i) => axis === i);
    const turned =
      apart && (identity ? apart : emit(ctx, span, "transpose", [apart], { perm: order.perm }));
    const together = turned && reshapeNode(call, turned, order.shape);
    return together ? tensor(together) : errorValue;
  },
};

function reshapeNode(call: IntrinsicCall, node: Node, shape: readonly Dim[]): Node | undefined {
  return sameShape(node.type.shape, shape)
    ? node
    : emit(call.ctx, call.span, "reshape", [node], { shape: [...shape] });
}

interface FlatAxis {
  readonly name: string;
  readonly size: Dim;
}

/** One axis a name; units vanish. */
function takeApart(
  call: IntrinsicCall,
  aligned: readonly { term: Term; sizes: readonly Dim[] }[],
  sizes: Sizes,
): FlatAxis[] | undefined {
  const flat: FlatAxis[] = [];
  for (const { term, sizes: own } of aligned) {
    const [size = 1] = own;
    if (term.kind === "rest") own.forEach((dim, i) => flat.push({ name: `...${i}`, size: dim }));
    else if (term.kind === "one") {
      if (!isUnit(call, term, size)) return undefined;
    } else if (term.kind === "axis") {
      if (!sizes.set(term, size)) return undefined;
      flat.push({ name: term.name, size });
    } else {
      const parts = ungroup(call, term.items, size, sizes, term.span);
      if (!parts) return undefined;
      flat.push(...parts);
    }
  }
  return flat;
}

/** The sizes in a group: one at most is worked out. */
function ungroup(
  call: IntrinsicCall,
  items: readonly AxisName[],
  size: Dim,
  sizes: Sizes,
  span: Span,
): FlatAxis[] | undefined {
  const open = items.filter((item) => sizes.get(item.name) === undefined);
  const [unknown, second] = open;
  if (second) {
    report(
      call.ctx,
      "bad-notation",
      second.span,
      { problem: `neither \`${unknown?.name ?? ""}\` nor \`${second.name}\` has a size here` },
      {
        help: `give one by name: \`rearrange("…", ${second.name} = 2)\``,
      },
    );
    return undefined;
  }
  const known = product(items.flatMap((item) => sizes.get(item.name) ?? []));
  const rest = divideExactly(size, known);
  if (unknown ? rest === undefined : compare(known, size) === "different") {
    const names = items.map((item) => item.name).join(" ");
    const what = `the group \`(${names})\``;
    if (unknown)
      report(
        call.ctx,
        "uneven-division",
        span,
        { dividend: formatDim(size), divisor: formatDim(known) },
        { notes: [{ message: `for ${what}` }, { message: "used in this call", span: call.span }] },
      );
    else
      report(
        call.ctx,
        "shape-mismatch",
        span,
        { what, left: formatDim(known), right: formatDim(size) },
        { notes: [{ message: "used in this call", span: call.span }] },
      );
    return undefined;
  }
  if (unknown && rest !== undefined && !sizes.set(unknown, rest)) return undefined;
  return items.map((item) => ({ name: item.name, size: sizes.get(item.name) ?? 1 }));
}

/** The order of the flat axes in the result, and its shape. */
function arrange(
  call: IntrinsicCall,
  terms: readonly Term[],
  flat: readonly FlatAxis[],
  rest: readonly Dim[],
  sizes: Sizes,
): { perm: number[]; shape: Dim[] } | undefined {
  const perm: number[] = [];
  const shape: Dim[] = [];
  const place = (axis: AxisName): Dim | undefined => {
    const at = flat.findIndex((one) => one.name === axis.name);
    const problem =
      at < 0
        ? `\`${axis.name}\` does not stand on the left`
        : perm.includes(at)
          ? `\`${axis.name}\` stands in the result twice`
          : undefined;
    if (problem !== undefined) {
      report(call.ctx, "bad-notation", axis.span, { problem });
      return undefined;
    }
    perm.push(at);
    return flat[at]?.size ?? sizes.get(axis.name);
  };
  for (const term of terms) {
    if (term.kind === "rest") {
      rest.forEach((dim, i) => {
        perm.push(flat.findIndex((one) => one.name === `...${i}`));
        shape.push(dim);
      });
    } else if (term.kind === "one") {
      shape.push(1);
    } else {
      let size: Dim = 1;
      for (const axis of term.kind === "axis" ? [term] : term.items) {
        const own = place(axis);
        if (own === undefined) return undefined;
        size = multiply(size, own);
      }
      shape.push(size);
    }
  }
  if (perm.length === flat.length) return { perm, shape };
  report(call.ctx, "bad-notation", call.span, { problem: "`...` stands on the left only" });
  return undefined;
}

export const notationIntrinsics: readonly Intrinsic[] = [einsum, rearrange];
