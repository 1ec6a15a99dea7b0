// The three kinds of kernel as compute shaders: one invocation for a point of a loop, for an element of a contraction,
// for a column of a scatter. No workgroup memory, no tuning.

import type { DType } from "../../../runtime/types.ts";
import type {
  Accumulator,
  Axis,
  Contract,
  Kernel,
  Loop,
  OperandSum,
  Scatter,
} from "../../schedule/kernel.ts";
import { childScope, freshName, rootScope, type Scope } from "../scope.ts";
import type { Printer } from "./expression.ts";
import { valueType } from "./memory.ts";

/** Longest sum in one f32: more elements are added in blocks, so that small ones do not get lost. */
const longestSum = 256;

/** The axes over which invocations are spread, row-major. */
export function pointAxes(kernel: Kernel): readonly Axis[] {
  return kernel.kind === "contract" ? [...kernel.batch, ...kernel.m, ...kernel.n] : kernel.parallel;
}

export function extentOf(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * axis.extent, 1);
}

/** The body of the kernel's shader; `point` is the text of the invocation's number. */
export function printBody(printer: Printer, kernel: Kernel, point: string): Scope {
  const root = rootScope();
  const axes = pointAxes(kernel);
  root.rest.push(`let point = ${point};`, `if (point >= ${extentOf(axes)}) { return; }`);
  const scope = childScope(
    root,
    axes.map((axis) => axis.name),
  );
  root.rest.push(scope);
  declareAxes(scope, axes);
  switch (kernel.kind) {
    case "loop":
      printLoop(printer, kernel, scope);
      break;
    case "contract":
      printContract(printer, kernel, scope);
      break;
    case "scatter":
      printScatter(printer, kernel, scope);
      break;
    default:
      kernel satisfies never;
  }
  return root;
}

/** Splits the flat row-major number `point` into its axes. */
function declareAxes(scope: Scope, axes: readonly Axis[]): void {
  const lines: string[] = [];
  let rest = "point";
  for (let d = axes.length - 1; d >= 0; d--) {
    const axis = axes[d];
    if (!axis) continue;
    if (d === 0) lines.push(`let ${axis.name} = ${rest};`);
    else if (axis.extent === 1) lines.push(`let ${axis.name} = 0;`);
    else {
      lines.push(`let ${axis.name} = ${rest} % ${axis.extent};`);
      const next = freshName(scope, "rest");
      lines.push(`let ${next} = ${rest} / ${axis.extent};`);
      rest = next;
    }
  }
  scope.prelude.push(...lines);
}

function openLoops(scope: Scope, axes: readonly Axis[]): Scope {
  let inner = scope;
  for (const { name, extent } of axes) {
    inner.rest.push(`for (var ${name} = 0; ${name} < ${extent}; ${name}++) {`);
    const body = childScope(inner, [name]);
    inner.rest.push(body, "}");
    inner = body;
  }
  return inner;
}

function printLoop(printer: Printer, kernel: Loop, point: Scope): void {
  const blocked = extentOf(kernel.inner) > longestSum;
  let scope = point;
  kernel.passes.forEach((pass, number) => {
    const sums = pass.accumulators.filter(
      (acc) => blocked && acc.kind === "sum" && acc.dtype === "f32",
    );
    for (const acc of pass.accumulators) scope.rest.push(...declareAccumulator(printer, acc));
    const counter = `count${number}`;
    if (sums.length > 0)
      scope.rest.push(`var ${counter} = 0;`, ...sums.map(({ slot }) => `var part${slot} = 0f;`));
    const segment = childScope(scope, []);
    const inner = openLoops(segment, kernel.inner);
    for (const acc of pass.accumulators) {
      printAccumulation(
        printer,
        inner,
        acc,
        sums.includes(acc) ? `part${acc.slot}` : `acc${acc.slot}`,
      );
    }
    if (sums.length > 0)
      inner.rest.push(
        ...closeBlock(
          counter,
          sums.map(({ slot }) => slot),
        ),
      );
    if (pass.stores.length > 0) {
      const stores = childScope(inner, []);
      printer.stores(stores, pass.stores);
      inner.rest.push(stores);
    }
    scope.rest.push(segment, ...sums.map(({ slot }) => `acc${slot} += part${slot};`));
    // What follows may use this pass's accumulators, so it must not be hoisted before the pass.
    const after = childScope(
      scope,
      pass.accumulators.map((acc) => `acc:${acc.slot}`),
    );
    scope.rest.push(after);
    scope = after;
  });
  printer.stores(scope, kernel.after);
}

/** Adds the sums of a full block to the totals. */
function closeBlock(counter: string, slots: readonly number[]): string[] {
  return [
    `${counter}++;`,
    `if (${counter} == ${longestSum}) {`,
    `  ${counter} = 0;`,
    ...slots.map((slot) => `  acc${slot} += part${slot}; part${slot} = 0f;`),
    "}",
  ];
}

function declareAccumulator(printer: Printer, acc: Accumulator): string[] {
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

function printAccumulation(printer: Printer, scope: Scope, acc: Accumulator, target: string): void {
  const arg = acc.kind === "argmax" || acc.kind === "argmin";
  const value = arg
    ? printer.scalar(scope, acc.value)
    : printer.converted(scope, acc.value, acc.dtype);
  const type = valueType(arg ? acc.value.dtype : acc.dtype);
  switch (acc.kind) {
    case "sum":
      scope.rest.push(`${target} += ${value};`);
      break;
    case "prod":
      scope.rest.push(`${target} *= ${value};`);
      break;
    case "max":
    case "min": {
      const wins = acc.kind === "max" ? ">" : "<";
      // The comparison is false for NaN on either side: a NaN enters by the second test and then stays.
      if (type === "f32") {
        const test = `${value} ${wins} ${target} || ${printer.isNan(value)}`;
        scope.rest.push(`if (${test}) { ${target} = ${value}; }`);
      } else if (type === "i32") scope.rest.push(`${target} = ${acc.kind}(${target}, ${value});`);
      else scope.rest.push(`${target} = ${target} ${acc.kind === "max" ? "||" : "&&"} ${value};`);
      break;
    }
    case "argmax":
    case "argmin": {
      const best = `best${acc.slot}`;
      const position = acc.position ? printer.index(scope, acc.position) : "0";
      let test = `${value} ${acc.kind === "argmax" ? ">" : "<"} ${best}`;
      if (type === "bool")
        test = acc.kind === "argmax" ? `${value} && !${best}` : `!${value} && ${best}`;
      // The first NaN wins and stays.
      if (type === "f32") test += ` || (${printer.isNan(value)} && !${printer.isNan(best)})`;
      scope.rest.push(`if (${test}) { ${best} = ${value}; ${target} = ${position}; }`);
      break;
    }
    default:
      acc.kind satisfies never;
  }
}

function printContract(printer: Printer, kernel: Contract, scope: Scope): void {
  const dtype = valueType(kernel.a.dtype) === "i32" ? "i32" : "f32";
  const blocked = dtype === "f32" && extentOf(kernel.k) > longestSum;
  scope.rest.push(`var acc0 = ${printer.number(0, dtype)};`);
  if (blocked) scope.rest.push("var part0 = 0f;", "var count0 = 0;");
  const segment = childScope(scope, []);
  const inner = openLoops(segment, kernel.k);
  const a = printer.converted(inner, kernel.a, dtype);
  const b = printer.converted(inner, kernel.b, dtype);
  inner.rest.push(`${blocked ? "part0" : "acc0"} += ${a} * ${b};`);
  if (blocked) inner.rest.push(...closeBlock("count0", [0]));
  scope.rest.push(segment);
  if (blocked) scope.rest.push("acc0 += part0;");
  const after = childScope(scope, ["acc:0"]);
  scope.rest.push(after);
  printer.stores(after, kernel.after);
  for (const sum of kernel.sums) printOperandSum(printer, kernel, sum, scope);
}

/** The first invocation of each row of an operand adds it up. */
function printOperandSum(
  printer: Printer,
  kernel: Contract,
  { of, slot, after }: OperandSum,
  scope: Scope,
): void {
  const others = (of === "a" ? kernel.n : kernel.m).filter((axis) => axis.extent > 1);
  const blocked = extentOf(kernel.k) > longestSum;
  const part = blocked ? `part${slot}` : `acc${slot}`;
  scope.rest.push(`if (${others.map(({ name }) => `${name} == 0`).join(" && ") || "true"}) {`);
  const own = childScope(scope, [], true);
  scope.rest.push(own, "}");
  own.rest.push(`var acc${slot} = 0f;`);
  if (blocked) own.rest.push(`var part${slot} = 0f;`, `var count${slot} = 0;`);
  const segment = childScope(own, []);
  const inner = openLoops(segment, kernel.k);
  inner.rest.push(`${part} += ${printer.scalar(inner, kernel[of])};`);
  if (blocked) inner.rest.push(...closeBlock(`count${slot}`, [slot]));
  own.rest.push(segment);
  if (blocked) own.rest.push(`acc${slot} += part${slot};`);
  const stores = childScope(own, [`acc:${slot}`]);
  own.rest.push(stores);
  printer.stores(stores, after);
}

function printScatter(printer: Printer, kernel: Scatter, scope: Scope): void {
  // An invocation owns its column: nobody else reads or writes it.
  const dtype = kernel.value.dtype;
  scope.rest.push(`for (var row = 0; row < ${kernel.rows}; row++) {`);
  const clear = childScope(scope, ["row"]);
  clear.rest.push(printer.store(clear, kernel.to, kernel.at, printer.number(0, dtype)));
  scope.rest.push(clear, "}");
  const point = openLoops(scope, kernel.ordered);
  point.rest.push(`let row = ${printer.scalar(point, kernel.row)};`);
  point.rest.push(`if (row >= 0 && row < ${kernel.rows}) {`);
  const body = childScope(point, ["row"], true);
  point.rest.push(body, "}");
  const value = printer.scalar(body, kernel.value);
  const old = printer.load(body, kernel.to, kernel.at);
  body.rest.push(printer.store(body, kernel.to, kernel.at, `${old} + ${value}`));
}
