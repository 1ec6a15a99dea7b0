// Kernels as readable loops: `--emit kernels`.

import { formatSpan } from "../../grammar/source.ts";
import type { Accumulator, Axis, Index, Kernel, Plan, Scalar, Store } from "./kernel.ts";
import { rowAxes } from "./access.ts";
import { indicesOf, partsOf } from "./values.ts";

/** All kernels of a plan in order, with shared expressions named. */
export function explainKernels(plan: Plan): string {
  return plan.kernels.map((kernel, number) => kernelText(kernel, number)).join("\n");
}

function kernelText(kernel: Kernel, number: number): string {
  const [origin] = kernel.origins;
  const head = `${number} ${kernel.kind} ${kernel.name}${origin ? `  // ${formatSpan(origin.span)}` : ""}`;
  const lines = [head];
  const printer = createPrinter();
  switch (kernel.kind) {
    case "loop":
      lines.push(...loopHeader("for", kernel.parallel));
      for (const pass of kernel.passes) {
        if (kernel.inner.length > 0) lines.push(...loopHeader("  each", kernel.inner));
        const indent = kernel.inner.length > 0 ? "    " : "  ";
        const values = [
          ...pass.accumulators.map((acc): Scalar => acc.value),
          ...valuesOf(pass.stores),
        ];
        lines.push(...printer.locals(values, indent));
        lines.push(...pass.accumulators.map((acc) => indent + accumulatorText(acc, printer)));
        lines.push(...pass.stores.map((store) => indent + storeText(store, printer)));
      }
      break;
    case "contract":
      lines.push(...loopHeader("for", [...kernel.batch, ...kernel.m, ...kernel.n]));
      lines.push(...loopHeader("  each", kernel.k));
      lines.push(...printer.locals([kernel.a, kernel.b], "    "));
      lines.push(`    acc0 sum ${printer.text(kernel.a)} × ${printer.text(kernel.b)}`);
      break;
    case "scatter": {
      lines.push(
        ...loopHeader("for", kernel.parallel),
        ...loopHeader("  in order", kernel.ordered),
      );
      lines.push(...printer.locals([kernel.row, kernel.value], "    "));
      const target = `%${kernel.to}[${indexList(kernel.at)}]`;
      lines.push(`    row = ${printer.text(kernel.row)} < ${kernel.rows}`);
      lines.push(`    ${target} += ${printer.text(kernel.value)}`);
      break;
    }
    default:
      kernel satisfies never;
  }
  const after = (stores: readonly Store[]): void => {
    lines.push(...printer.locals(valuesOf(stores), "  "));
    lines.push(...stores.map((store) => `  ${storeText(store, printer)}`));
  };
  if (kernel.kind !== "scatter") after(kernel.after);
  if (kernel.kind === "contract") {
    for (const sum of kernel.sums) {
      lines.push(...loopHeader("for", rowAxes(kernel, sum.of)));
      lines.push(`    acc${sum.slot} sum of ${sum.of}, as it is packed`);
      after(sum.after);
    }
  }
  return `${lines.join("\n")}\n`;
}

function valuesOf(stores: readonly Store[]): Scalar[] {
  return stores.map((store) => store.value);
}

function loopHeader(word: string, axes: readonly Axis[]): string[] {
  return axes.length === 0
    ? []
    : [`${word} ${axes.map((axis) => `${axis.name} < ${axis.extent}`).join(", ")}`];
}

interface Printer {
  text(value: Scalar): string;
  /** Lines that name expressions used more than once. */
  locals(roots: readonly Scalar[], indent: string): string[];
}

function createPrinter(): Printer {
  const names = new Map<Scalar, string>();
  const text = (value: Scalar): string => names.get(value) ?? body(value);
  const body = (value: Scalar): string => scalarText(value, text);
  return {
    text,
    locals(roots, indent) {
      const lines: string[] = [];
      names.clear(); // another part of the kernel computes its values again
      for (const value of sharedIn(roots)) {
        const line = body(value);
        names.set(value, `t${names.size}`);
        lines.push(`${indent}${text(value)} = ${line}`);
      }
      return lines;
    },
  };
}

/** Loads and operations that are used more than once, operands first. */
function sharedIn(roots: readonly Scalar[]): Scalar[] {
  const uses = new Map<Scalar, number>();
  const order: Scalar[] = [];
  const stack: { scalar: Scalar; done: boolean }[] = roots.map((scalar) => ({
    scalar,
    done: false,
  }));
  for (const root of roots) uses.set(root, (uses.get(root) ?? 0) + 1);
  const entered = new Set<Scalar>();
  for (let task = stack.pop(); task; task = stack.pop()) {
    const { scalar, done } = task;
    if (done) {
      order.push(scalar);
      continue;
    }
    if (entered.has(scalar)) continue;
    entered.add(scalar);
    stack.push({ scalar, done: true });
    for (const part of [...partsOf(scalar), ...valuesIn(indicesOf(scalar))]) {
      uses.set(part, (uses.get(part) ?? 0) + 1);
      stack.push({ scalar: part, done: false });
    }
  }
  return order.filter(
    (scalar) => (uses.get(scalar) ?? 0) > 1 && (scalar.kind === "apply" || scalar.kind === "load"),
  );
}

function valuesIn(indices: readonly Index[]): Scalar[] {
  return indices.flatMap((index) =>
    index.terms.flatMap(({ atom }) => {
      if (atom.kind === "value") return [atom.of];
      return atom.kind === "axis" ? [] : valuesIn([atom.of]);
    }),
  );
}

const infix: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  and: "and",
  or: "or",
};

function scalarText(value: Scalar, text: (part: Scalar) => string): string {
  switch (value.kind) {
    case "number":
      return value.dtype === "bool" ? String(value.value !== 0) : String(value.value);
    case "index":
      return `(${value.at.text})`;
    case "load":
      return `%${value.from}[${indexList(value.at)}]`;
    case "within":
      return `(0 <= ${value.at.text} <= ${value.last})`;
    case "even":
      return `(${value.by} divides ${value.at.text})`;
    case "random":
      return `random(${value.at.text}, step ${text(value.step)})`;
    case "accumulator":
      return `acc${value.slot}`;
    case "apply": {
      const args = value.args.map(text);
      const sign = infix[value.op];
      if (sign !== undefined && args.length === 2) return `(${args.join(` ${sign} `)})`;
      const name = value.op === "cast" ? value.dtype : value.op;
      return `${name}(${args.join(", ")})`;
    }
    default:
      return value satisfies never;
  }
}

function indexList(at: readonly Index[]): string {
  return at.map((index) => index.text).join(", ");
}

function accumulatorText(acc: Accumulator, printer: Printer): string {
  const position = acc.position ? ` at ${acc.position.text}` : "";
  return `acc${acc.slot} ${acc.kind} ${printer.text(acc.value)}${position}`;
}

function storeText(store: Store, printer: Printer): string {
  return `%${store.to}[${indexList(store.at)}] = ${printer.text(store.value)}`;
}
