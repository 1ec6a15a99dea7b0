// Accumulators of loops: how they begin, take in a value, and how two of them become one. NaN wins in max and min and the
// first one in argmax and argmin, by tests on bits; of equal values the first wins.

import type { DType } from "../../../runtime/types.ts";
import type { Accumulator } from "../../schedule/kernel.ts";
import type { Scope } from "../scope.ts";
import type { Printer } from "./expression.ts";
import { valueType } from "./memory.ts";

/** Longest sum in one f32: more elements are added in blocks, so that small ones do not get lost. */
export const longestSum = 64;

export function isArg({ kind }: Accumulator): boolean {
  return kind === "argmax" || kind === "argmin";
}

export function declareAccumulator(printer: Printer, acc: Accumulator): string[] {
  const name = `acc${acc.slot}`;
  const type = valueType(acc.dtype);
  switch (acc.kind) {
    case "sum":
      return [`var ${name}: ${type} = ${printer.number(0, acc.dtype)};`];
    case "prod":
      return [`var ${name}: ${type} = ${printer.number(1, acc.dtype)};`];
    case "max":
    case "min":
      return [`var ${name}: ${type} = ${extreme(printer, acc.kind, acc.dtype)};`];
    case "argmax":
    case "argmin": {
      const best = extreme(printer, acc.kind === "argmax" ? "max" : "min", acc.value.dtype);
      return [
        `var ${name}: i32 = 0;`,
        `var best${acc.slot}: ${valueType(acc.value.dtype)} = ${best};`,
      ];
    }
    default:
      return acc.kind satisfies never;
  }
}

/** What every value of the type wins or draws against. */
function extreme(printer: Printer, kind: "max" | "min", dtype: DType): string {
  switch (valueType(dtype)) {
    case "f32":
      return printer.number(kind === "max" ? -Infinity : Infinity, "f32");
    case "i32":
      return printer.number(kind === "max" ? -2147483648 : 2147483647, "i32");
    case "bool":
      return kind === "max" ? "false" : "true";
  }
}

/** Takes in the accumulator's value at a point. `target` is what a sum is added to; `position` what is kept of the winner,
 *  where it is not the accumulator's own. */
export function printAccumulation(
  printer: Printer,
  scope: Scope,
  acc: Accumulator,
  target: string,
  position?: string,
): void {
  const value = isArg(acc)
    ? printer.scalar(scope, acc.value)
    : printer.converted(scope, acc.value, acc.dtype);
  if (isArg(acc)) {
    const best = `best${acc.slot}`;
    const kept = position ?? (acc.position ? printer.index(scope, acc.position) : "0");
    const test = wins(printer, acc, value, best);
    scope.rest.push(`if (${test}) { ${best} = ${value}; ${target} = ${kept}; }`);
  } else scope.rest.push(joining(printer, acc, target, value));
}

/** A statement that makes `target` of itself and another value; not for argmax and argmin. */
export function joining(
  printer: Printer,
  { kind, dtype }: Accumulator,
  target: string,
  value: string,
): string {
  const type = valueType(dtype);
  switch (kind) {
    case "sum":
      return `${target} += ${value};`;
    case "prod":
      return `${target} *= ${value};`;
    case "max":
    case "min": {
      // The comparison is false for NaN on either side: a NaN enters by the second test and then stays.
      if (type === "f32") {
        const test = `${value} ${kind === "max" ? ">" : "<"} ${target} || ${printer.isNan(value)}`;
        return `if (${test}) { ${target} = ${value}; }`;
      }
      if (type === "i32") return `${target} = ${kind}(${target}, ${value});`;
      return `${target} = ${target} ${kind === "max" ? "||" : "&&"} ${value};`;
    }
    case "argmax":
    case "argmin":
      return "";
    default:
      return kind satisfies never;
  }
}

/** Whether a value is better than the best of those before it, for argmax and argmin. */
function wins(printer: Printer, acc: Accumulator, value: string, best: string): string {
  const most = acc.kind === "argmax";
  const type = valueType(acc.value.dtype);
  if (type === "bool") return most ? `${value} && !${best}` : `!${value} && ${best}`;
  const better = `${value} ${most ? ">" : "<"} ${best}`;
  // The first NaN wins and stays.
  return type === "f32"
    ? `${better} || (${printer.isNan(value)} && !${printer.isNan(best)})`
    : better;
}

/** Whether a winner of other points, found at another place, beats this one: by its value, or where neither is better by
 *  coming first. */
export function winsOver(
  printer: Printer,
  acc: Accumulator,
  one: { value: string; at: string },
  other: { value: string; at: string },
): string {
  const better = wins(printer, acc, one.value, other.value);
  const worse = wins(printer, acc, other.value, one.value);
  return `${better} || (!(${worse}) && ${one.at} < ${other.at})`;
}

/** Adds the sums of a full block to the totals. */
export function closeBlock(counter: string, slots: readonly number[]): string[] {
  return [
    `${counter}++;`,
    `if (${counter} == ${longestSum}) {`,
    `  ${counter} = 0;`,
    ...slots.map((slot) => `  acc${slot} += part${slot}; part${slot} = 0f;`),
    "}",
  ];
}
