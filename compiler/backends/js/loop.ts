// `loop` and `scatter` kernels as nested JavaScript loops.

import type { Accumulator, Axis, Loop, Scatter, Store } from "../../schedule/kernel.ts";
import type { Printer } from "./expression.ts";
import { childScope, scopeLines, rootScope, type Scope } from "../scope.ts";

/** Opens one loop an axis; returns the innermost scope. Unit axes become constants by their canonical index. */
export function openLoops(scope: Scope, axes: readonly Axis[]): Scope {
  let inner = scope;
  for (const axis of axes) {
    inner.rest.push(`for (let ${axis.name} = 0; ${axis.name} < ${axis.extent}; ${axis.name}++) {`);
    const body = childScope(inner, [axis.name]);
    inner.rest.push(body, "}");
    inner = body;
  }
  return inner;
}

/** Stores of one point: all values before the first store, for in-place updates read what they overwrite. */
export function printStores(printer: Printer, scope: Scope, stores: readonly Store[]): void {
  const written = stores.map((store) => ({
    target: printer.element(scope, store.to, store.at),
    value: printer.stored(scope, store.value),
  }));
  if (written.length === 1 && written[0]) {
    scope.rest.push(`${written[0].target} = ${written[0].value};`);
    return;
  }
  written.forEach(({ value }, i) => scope.rest.push(`const s${i} = ${value};`));
  written.forEach(({ target }, i) => scope.rest.push(`${target} = s${i};`));
}

const starts: Readonly<Record<Accumulator["kind"], string>> = {
  sum: "0",
  prod: "1",
  max: "-Infinity",
  min: "Infinity",
  argmax: "0",
  argmin: "0",
};

export function printLoop(printer: Printer, kernel: Loop): string[] {
  const root = rootScope();
  const point = openLoops(root, kernel.parallel);
  let scope = point;
  for (const pass of kernel.passes) {
    for (const acc of pass.accumulators) {
      scope.rest.push(`let acc${acc.slot} = ${starts[acc.kind]};`);
      if (acc.kind === "argmax") scope.rest.push(`let best${acc.slot} = -Infinity;`);
      if (acc.kind === "argmin") scope.rest.push(`let best${acc.slot} = Infinity;`);
    }
    const segment = childScope(scope, []);
    const inner = openLoops(segment, kernel.inner);
    for (const acc of pass.accumulators) printAccumulation(printer, inner, acc);
    if (pass.stores.length > 0) {
      const stores = childScope(inner, []);
      printStores(printer, stores, pass.stores);
      const braces = pass.stores.length > 1;
      inner.rest.push(...(braces ? ["{", stores, "}"] : [stores]));
    }
    scope.rest.push(segment);
    // What follows may use this pass's accumulators, so it must not be hoisted before the pass.
    const after = childScope(
      scope,
      pass.accumulators.map((acc) => `acc:${acc.slot}`),
    );
    scope.rest.push(after);
    scope = after;
  }
  if (kernel.after.length > 0) printStores(printer, scope, kernel.after);
  return scopeLines(root);
}

function printAccumulation(printer: Printer, scope: Scope, acc: Accumulator): void {
  const value = printer.scalar(scope, acc.value);
  const name = `acc${acc.slot}`;
  switch (acc.kind) {
    case "sum":
      scope.rest.push(
        acc.dtype === "i32" ? `${name} = (${name} + ${value}) | 0;` : `${name} += ${value};`,
      );
      break;
    case "prod":
      scope.rest.push(
        acc.dtype === "i32" ? `${name} = Math.imul(${name}, ${value});` : `${name} *= ${value};`,
      );
      break;
    case "max":
    case "min": {
      // The comparison is false for NaN on either side: a NaN enters by the second test and then stays.
      const sign = acc.kind === "max" ? ">" : "<";
      scope.rest.push(`if (${value} ${sign} ${name} || ${value} !== ${value}) ${name} = ${value};`);
      break;
    }
    case "argmax":
    case "argmin": {
      const best = `best${acc.slot}`;
      const sign = acc.kind === "argmax" ? ">" : "<";
      const position = acc.position ? printer.index(scope, acc.position) : "0";
      scope.rest.push(
        `if (${value} ${sign} ${best} || (${value} !== ${value} && ${best} === ${best})) { ${best} = ${value}; ${name} = ${position}; }`,
      );
      break;
    }
    default:
      acc.kind satisfies never;
  }
}

/** `clear` zeroes the result at once; without it every column zeroes its own rows. */
export function printScatter(
  printer: Printer,
  kernel: Scatter,
  clear: string | undefined,
): string[] {
  const root = rootScope();
  if (clear !== undefined) root.rest.push(clear);
  const column = openLoops(root, kernel.parallel);
  if (clear === undefined) {
    const cleared = openLoops(column, [{ name: "row", extent: kernel.rows }]);
    cleared.rest.push(`${printer.element(cleared, kernel.to, kernel.at)} = 0;`);
  }
  const point = openLoops(column, kernel.ordered);
  const row = printer.scalar(point, kernel.row);
  point.rest.push(`const row = ${row};`);
  point.rest.push(`if (row >= 0 && row < ${kernel.rows}) {`);
  const body = childScope(point, ["row"], true);
  const target = printer.element(body, kernel.to, kernel.at);
  body.rest.push(`${target} += ${printer.scalar(body, kernel.value)};`);
  point.rest.push(body, "}");
  return scopeLines(root);
}
