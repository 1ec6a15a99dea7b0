// Whether the rows of a value stay what they are while the prefix grows: then they may be kept. Row q must hang on the
// tokens up to q alone, and not on the length. A sum over all places is such a row only where the places beyond q add
// nothing (`future.ts`).

import type { Form } from "../ir/graph.ts";
import { formsAttr, numbersAttr, textAttr } from "../ops/shapes.ts";
import { isNeutral, type FutureTable } from "./future.ts";
import { growingAxes, isGrowing, loopNamed, type Pair, type Paired } from "./pairs.ts";

/** Why rows of a value change, and where. */
export interface Change {
  readonly what: string;
  readonly at: Pair;
}

export interface CausalTable {
  /** Undefined where the rows of a value stay as they are. */
  readonly change: (pair: Pair) => Change | undefined;
}

export function createCausalTable(paired: Paired, futures: FutureTable): CausalTable {
  const known = new Map<Pair, Change | undefined>();

  function change(pair: Pair): Change | undefined {
    if (pair.timeless || isGrowing(pair)) return undefined;
    if (known.has(pair)) return known.get(pair);
    known.set(pair, undefined); // a carry that reaches itself
    const found = firstOf(pair.inputs) ?? own(pair);
    known.set(pair, found);
    return found;
  }

  function firstOf(pairs: readonly Pair[]): Change | undefined {
    for (const each of pairs) {
      const found = change(each);
      if (found) return found;
    }
    return undefined;
  }

  function own(pair: Pair): Change | undefined {
    const { node, shorter, inputs } = pair;
    const [x, y] = inputs;
    const because = (what: string): Change => ({ what, at: pair });
    switch (node.op) {
      case "constant":
      case "random":
      case "input":
        return because("a value hangs on the length of the prefix");
      case "view":
        return sameForms(node.attrs["forms"], shorter.attrs["forms"])
          ? undefined
          : because("a place is counted from the end of the prefix");
      case "reduce":
      case "argmax": {
        if (!x) return undefined;
        const kind = node.op === "reduce" ? textAttr(node.attrs, "kind") : "position";
        const axes = numbersAttr(node.attrs, "axes").filter((axis) => x.growth[axis] !== undefined);
        const sees = axes.some(
          (k) =>
            !growingAxes(x).some((q) => !axes.includes(q) && isNeutral(kind, futures.of(x, q, k))),
        );
        return sees ? because("a place looks at all others, later ones too") : undefined;
      }
      case "contract":
        return x && y && seesLater(pair, x, y)
          ? because("a place looks at all others, later ones too")
          : undefined;
      case "gather":
        return x && x.growth[Number(node.attrs["axis"])] !== undefined
          ? because("tokens tell which place is looked at")
          : undefined;
      case "scatter_add":
        return growingAxes(pair).length > 0 || x?.growth.some((g) => g !== undefined)
          ? because("values are added up over the places of the prefix")
          : undefined;
      case "scan_stack":
      case "scan_last": {
        const loop = loopNamed(paired, pair);
        if (!loop?.grows) return undefined;
        if (loop.reverse) return because("a layer runs from the last token to the first");
        return node.op === "scan_last"
          ? because("the state after the last token is read")
          : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Whether a sum of products reaches beyond the place that it is for. */
  function seesLater(pair: Pair, x: Pair, y: Pair): boolean {
    const out = numbersAttr(pair.node.attrs, "out");
    const summed = summedGrowing(pair);
    const isCut = (operand: Pair, forms: readonly Form[], axis: number): boolean => {
      const k = plainAxis(forms, axis);
      if (k === undefined) return false;
      return out.some((outer) => {
        const q = plainAxis(forms, outer);
        return (
          q !== undefined &&
          operand.growth[q] !== undefined &&
          isNeutral("sum", futures.of(operand, q, k))
        );
      });
    };
    return summed.some(
      (axis) =>
        !isCut(x, formsAttr(pair.node.attrs, "a"), axis) &&
        !isCut(y, formsAttr(pair.node.attrs, "b"), axis),
    );
  }

  return { change };
}

/** Axes of a contraction that are summed and grow with the prefix. */
export function summedGrowing({ node, shorter }: Pair): number[] {
  const out = numbersAttr(node.attrs, "out");
  const sizes = numbersAttr(node.attrs, "sizes");
  const short = numbersAttr(shorter.attrs, "sizes");
  return sizes.flatMap((size, axis) => (size !== short[axis] && !out.includes(axis) ? [axis] : []));
}

/** The operand's axis that is an axis of a contraction as it stands. */
export function plainAxis(forms: readonly Form[], axis: number): number | undefined {
  const found = forms.findIndex((form) => form.terms.some((term) => term.axis === axis));
  const form = forms[found];
  if (!form || form.terms.length !== 1 || form.divisor !== 1 || form.offset !== 0) return undefined;
  return form.terms[0]?.coefficient === 1 ? found : undefined;
}

function sameForms(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
