// A primitive over one more axis, in front: what a loop computes row by row, computed for all rows at once.

import type { Builder } from "../ir/build.ts";
import type { Form, Node } from "../ir/graph.ts";
import { operatorNamed } from "./index.ts";
import { formsAsAttr, makeSpread, plain } from "./make.ts";
import { dimsAttr, formsAttr, knownDim, knownShape, numberAttr, numbersAttr } from "./shapes.ts";

/** An operand: the rows of all steps, or the same for every step. */
export interface Lifted {
  readonly node: Node;
  readonly hasRows: boolean;
}

/** `node` over `length` rows of its operands; undefined where no primitive does that. */
export function liftNode(
  b: Builder,
  node: Node,
  operands: readonly Lifted[],
  length: number,
): Node | undefined {
  const { op, attrs } = node;
  const [first, second] = operands;
  const withRows = ({ node: x, hasRows }: Lifted): Node =>
    hasRows ? x : makeSpread(b, x, [length, ...knownShape(x.type)], [0]);
  const whole = operands.map(withRows);
  const record = operatorNamed(op);
  if (record.level === "primitive" && record.pointwise) return b.node(op, whole, attrs);
  switch (op) {
    case "view":
      return b.node(op, whole, {
        ...attrs,
        shape: [length, ...dimsAttr(attrs, "shape")],
        forms: formsAsAttr([plain(0), ...formsAttr(attrs, "forms").map((form) => shift(form, 1))]),
      });
    case "reshape":
      return b.node(op, whole, { shape: [length, ...dimsAttr(attrs, "shape")] });
    case "concat":
      return b.node(op, whole, { axis: numberAttr(attrs, "axis") + 1 });
    case "reduce":
    case "argmax":
      return b.node(op, whole, {
        ...attrs,
        axes: numbersAttr(attrs, "axes").map((axis) => axis + 1),
      });
    case "contract":
      return first && second && contractRows(b, node, [first, second], length, true);
    case "gather": {
      if (!first || !second) return undefined;
      const axis = numberAttr(attrs, "axis");
      if (!first.hasRows && axis === 0) return b.node(op, [first.node, second.node], attrs);
      if (second.hasRows) return undefined;
      return b.node(op, [first.node, second.node], { axis: axis + 1 });
    }
    default:
      return undefined;
  }
}

/** The sum over all rows of what `node` gives in each; undefined where that needs every row for itself. */
export function sumRows(
  b: Builder,
  node: Node,
  operands: readonly Lifted[],
  length: number,
): Node | undefined {
  const { op, attrs } = node;
  const [first, second] = operands;
  if (!first) return undefined;
  if (op === "contract" && second) return contractRows(b, node, [first, second], length, false);
  if (op === "reduce" && attrs["kind"] === "sum" && first.hasRows) {
    const axes = [0, ...numbersAttr(attrs, "axes").map((axis) => axis + 1)];
    return b.node(op, [first.node], { ...attrs, axes });
  }
  // Rows of indices and sources after each other are one longer list of both.
  const joined = op === "scatter_add" && attrs["axis"] === 0;
  if (joined && second && first.hasRows && second.hasRows)
    return b.node(op, [first.node, second.node], attrs);
  return undefined;
}

/** A contraction with an axis for the rows, which is kept or summed. */
function contractRows(
  b: Builder,
  { attrs }: Node,
  operands: readonly [Lifted, Lifted],
  length: number,
  keep: boolean,
): Node {
  const sizes = dimsAttr(attrs, "sizes").map(knownDim);
  const rows = sizes.length;
  const out = numbersAttr(attrs, "out");
  const forms = (name: "a" | "b", { hasRows }: Lifted): Form[] => {
    const own = formsAttr(attrs, name);
    return hasRows ? [plain(rows), ...own] : [...own];
  };
  return b.node(
    "contract",
    operands.map(({ node }) => node),
    {
      sizes: [...sizes, length],
      out: keep ? [rows, ...out] : [...out],
      a: formsAsAttr(forms("a", operands[0])),
      b: formsAsAttr(forms("b", operands[1])),
    },
  );
}

function shift({ terms, ...rest }: Form, by: number): Form {
  return {
    ...rest,
    terms: terms.map(({ axis, coefficient }) => ({ axis: axis + by, coefficient })),
  };
}
