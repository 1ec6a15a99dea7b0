// One pass of a loop, as an invocation goes through it.

import type { Pass } from "../../schedule/kernel.ts";
import { childScope, type Scope } from "../scope.ts";
import { closeBlock, declareAccumulator, isArg, printAccumulation } from "./accumulators.ts";
import type { Printer } from "./expression.ts";

/** What follows a pass may use its accumulators, so it must not be hoisted before it. */
export function afterPass(scope: Scope, pass: Pass): Scope {
  const after = childScope(
    scope,
    pass.accumulators.map((acc) => `acc:${acc.slot}`),
  );
  scope.rest.push(after);
  return after;
}

interface Sweep {
  /** Whether sums are long enough to be added in blocks. */
  readonly blocked: boolean;
  /** Opens the loop over the inner points. */
  readonly open: (segment: Scope) => Scope;
  /** The flat number of the inner point, where argmax and argmin keep it. */
  readonly flat?: string;
}

/** Declares the accumulators of a pass and takes in all inner points that the invocation sees. */
export function printSweep(
  printer: Printer,
  scope: Scope,
  pass: Pass,
  number: number,
  { blocked, open, flat }: Sweep,
): void {
  const sums = pass.accumulators.filter(
    (acc) => blocked && acc.kind === "sum" && acc.dtype === "f32",
  );
  const slots = sums.map(({ slot }) => slot);
  const counter = `count${number}`;
  for (const acc of pass.accumulators) scope.rest.push(...declareAccumulator(printer, acc));
  if (sums.length > 0) {
    scope.rest.push(`var ${counter} = 0;`, ...slots.map((slot) => `var part${slot} = 0f;`));
  }
  const segment = childScope(scope, []);
  const inner = open(segment);
  for (const acc of pass.accumulators) {
    const target = sums.includes(acc) ? `part${acc.slot}` : `acc${acc.slot}`;
    printAccumulation(printer, inner, acc, target, isArg(acc) ? flat : undefined);
  }
  if (sums.length > 0) inner.rest.push(...closeBlock(counter, slots));
  if (pass.stores.length > 0) {
    const stores = childScope(inner, []);
    printer.stores(stores, pass.stores);
    inner.rest.push(stores);
  }
  scope.rest.push(segment, ...slots.map((slot) => `acc${slot} += part${slot};`));
}
