// A kernel with flat addresses and as few axes as possible. Every load and store gets one index, the element's number
// from the start of its value (by the strides of the plan's places); neighbouring axes that every index walks like one
// axis become one. Long axes are what vectors want.

import { InternalError } from "../../../grammar/diagnostic.ts";
import {
  axisIndex,
  constantIndex,
  divideIndex,
  linearIndex,
  moduloIndex,
  substituteAxes,
} from "../../schedule/index-form.ts";
import type {
  Axis,
  Index,
  IndexAtom,
  Kernel,
  Place,
  Scalar,
  Store,
  ValueId,
} from "../../schedule/kernel.ts";
import { rootsOf, storesOf } from "../../schedule/access.ts";
import { createScalars, type Scalars } from "../../schedule/scalars.ts";
import { indicesOf, walkScalars } from "../../schedule/values.ts";

/** The kernel over flat addresses; places keep their offset, element type and row. */
export function flattenKernel(kernel: Kernel, places: ReadonlyMap<ValueId, Place>): Kernel {
  return mergeAxes(rewriteKernel(kernel, (at) => at, places));
}

/** The kernel over the axes that `replace` gives for some of its own; everything else stays. */
export function replaceAxes(kernel: Kernel, replace: (axis: string) => Index | undefined): Kernel {
  return rewriteKernel(kernel, (at) => substituteAxes(at, replace), undefined);
}

type Change = (at: Index) => Index;

function rewriteKernel(
  kernel: Kernel,
  change: Change,
  places: ReadonlyMap<ValueId, Place> | undefined,
): Kernel {
  const { scalar, index, address } = createRewriter(change, places);
  const stores = (list: readonly Store[]): Store[] =>
    list.map(({ to, at, value }) => ({ to, at: address(to, at), value: scalar(value) }));
  switch (kernel.kind) {
    case "loop":
      return {
        ...kernel,
        passes: kernel.passes.map((pass) => ({
          accumulators: pass.accumulators.map((acc) => ({
            ...acc,
            value: scalar(acc.value),
            ...(acc.position ? { position: index(acc.position) } : {}),
          })),
          stores: stores(pass.stores),
        })),
        after: stores(kernel.after),
      };
    case "contract":
      return {
        ...kernel,
        a: scalar(kernel.a),
        b: scalar(kernel.b),
        after: stores(kernel.after),
        sums: kernel.sums.map((sum) => ({ ...sum, after: stores(sum.after) })),
      };
    case "scatter":
      return {
        ...kernel,
        row: scalar(kernel.row),
        value: scalar(kernel.value),
        at: address(kernel.to, kernel.at),
      };
    default:
      return kernel satisfies never;
  }
}

interface Rewriter {
  readonly scalar: (value: Scalar) => Scalar;
  readonly index: (at: Index) => Index;
  readonly address: (value: ValueId, at: readonly Index[]) => readonly Index[];
}

/** Rewrites scalars with all they hold; equal ones stay one object, also those of rewriters that share `scalars`. `slot` gives
 *  accumulators another number. */
export function createRewriter(
  change: Change,
  places: ReadonlyMap<ValueId, Place> | undefined,
  scalars: Scalars = createScalars(),
  slot: (of: number) => number = (same) => same,
): Rewriter {
  const done = new Map<Scalar, Scalar>();

  function atom(from: IndexAtom): Index {
    switch (from.kind) {
      case "axis":
        return change(axisIndex(from));
      case "value":
        return scalars.asIndex(scalar(from.of), from.extent);
      case "div":
        return divideIndex(index(from.of), from.by);
      case "mod":
        return moduloIndex(index(from.of), from.by);
      default:
        return from satisfies never;
    }
  }

  function index(at: Index): Index {
    const parts = at.terms.map((term) => ({
      index: atom(term.atom),
      coefficient: term.coefficient,
    }));
    return linearIndex(at.offset, parts);
  }

  function address(value: ValueId, at: readonly Index[]): readonly Index[] {
    if (!places) return at.map(index);
    const place = places.get(value);
    if (!place) throw new InternalError(`value ${value} has no place`);
    const parts = at.map((part, d) => ({
      index: index(part),
      coefficient: place.strides[d] ?? 0,
    }));
    return [linearIndex(0, parts)];
  }

  function scalar(value: Scalar): Scalar {
    const known = done.get(value);
    if (known) return known;
    const made = rebuild(value, scalars);
    done.set(value, made);
    return made;
  }

  function rebuild(value: Scalar, to: Scalars): Scalar {
    switch (value.kind) {
      case "number":
        return to.number(value.value, value.dtype);
      case "accumulator":
        return to.accumulator(slot(value.slot), value.dtype);
      case "index":
        return to.index(index(value.at));
      case "within":
        return to.within(index(value.at), value.last);
      case "even":
        return to.even(index(value.at), value.by);
      case "load":
        return to.load(value.from, address(value.from, value.at), value.dtype);
      case "random":
        return to.random(index(value.at), value.key, scalar(value.seed), scalar(value.step));
      case "apply": {
        const args = value.args.map(scalar);
        const [guard, taken, other] = args;
        if (value.op === "select" && guard && taken && other) return to.select(guard, taken, other);
        return to.apply(value.op, args, value.dtype);
      }
      default:
        return value satisfies never;
    }
  }

  return { scalar, index, address };
}

/** Makes one axis of neighbours wherever all indices allow it. */
function mergeAxes(kernel: Kernel): Kernel {
  switch (kernel.kind) {
    case "loop": {
      const { parallel, inner, changed } = mergeGroups(kernel, {
        parallel: kernel.parallel,
        inner: kernel.inner,
      });
      return { ...(changed as typeof kernel), parallel, inner };
    }
    case "contract": {
      const { batch, m, n, k } = kernel;
      const merged = mergeGroups(kernel, { batch, m, n, k });
      return {
        ...(merged.changed as typeof kernel),
        batch: merged.batch,
        m: merged.m,
        n: merged.n,
        k: merged.k,
      };
    }
    case "scatter": {
      const merged = mergeGroups(kernel, { parallel: kernel.parallel, ordered: kernel.ordered });
      return {
        ...(merged.changed as typeof kernel),
        parallel: merged.parallel,
        ordered: merged.ordered,
      };
    }
    default:
      return kernel satisfies never;
  }
}

/** Merges inside each group of axes; axes of extent 1 go, for no index names them. */
function mergeGroups<Name extends string>(
  kernel: Kernel,
  groups: Readonly<Record<Name, readonly Axis[]>>,
): Record<Name, Axis[]> & { readonly changed: Kernel } {
  const indices = indicesOfKernel(kernel);
  /** Axis → what stands in its place. */
  const replaced = new Map<string, Index>();
  const merged = {} as Record<Name, Axis[]>;
  for (const name of Object.keys(groups) as Name[]) {
    const kept: Axis[] = [];
    for (const axis of groups[name]) {
      if (axis.extent === 1) continue;
      const outer = kept.at(-1);
      if (outer && indices.every((at) => walksLikeOne(at, outer, axis))) {
        const whole = { name: axis.name, extent: outer.extent * axis.extent };
        kept[kept.length - 1] = whole;
        replaced.set(outer.name, constantIndex(0));
        replaced.set(axis.name, axisIndex(whole));
      } else kept.push(axis);
    }
    merged[name] = kept;
  }
  const changed = replaced.size === 0 ? kernel : replaceAxes(kernel, (axis) => replaced.get(axis));
  return { ...merged, changed };
}

/** Whether an index takes `outer`, which may be merged already, and `inner` as one axis. */
function walksLikeOne(at: Index, outer: Axis, inner: Axis): boolean {
  return coefficientOf(at, outer.name) === coefficientOf(at, inner.name) * inner.extent;
}

function coefficientOf(at: Index, axis: string): number {
  const term = at.terms.find(({ atom }) => atom.kind === "axis" && atom.name === axis);
  return term?.coefficient ?? 0;
}

/** Every index of a kernel, those inside quotients, remainders and gathered positions too. */
export function indicesOfKernel(kernel: Kernel): readonly Index[] {
  const found = new Set<Index>();
  const add = (at: Index): void => {
    if (found.has(at)) return;
    found.add(at);
    for (const { atom } of at.terms) {
      if (atom.kind === "value") visit(atom.of);
      else if (atom.kind !== "axis") add(atom.of);
    }
  };
  const visit = (root: Scalar): void =>
    walkScalars([root], (scalar) => indicesOf(scalar).forEach(add));
  rootsOf(kernel).forEach(visit);
  for (const store of storesOf(kernel)) store.at.forEach(add);
  if (kernel.kind === "loop") {
    for (const pass of kernel.passes)
      for (const { position } of pass.accumulators) if (position) add(position);
  }
  return [...found];
}
