// The one packed contraction template: b is packed as [n/4][k][4], a as [k][4] for four rows at a time; a 4×4 tile of
// sums stays in registers; the epilogue runs an element at a time. Products, convolutions and their gradients are all
// printed by it: index maps, borders and gathers cost only in packing.

import type { Axis, Contract } from "../../schedule/kernel.ts";
import type { Printer } from "./expression.ts";
import { openLoops, printStores } from "./loop.ts";
import { blocking, tileColumns, tileRows, type Blocking } from "./pack.ts";
import { childScope, rootScope, scopeLines, type Scope } from "../scope.ts";

export function printContract(printer: Printer, kernel: Contract, scratchDoubles: number): string[] {
  const cut = blocking(kernel);
  const base = {
    a: scratchDoubles + cut.packedA,
    b: scratchDoubles + cut.packedB,
    sums: scratchDoubles + cut.sums,
  };
  const root = rootScope();
  const batch = openLoops(root, kernel.batch);
  if (cut.outer.length === 0) {
    printBlock(printer, kernel, cut, base, batch, "store");
    return scopeLines(root);
  }
  batch.rest.push(`f64.fill(0, ${base.sums}, ${base.sums + cut.m * cut.n});`);
  const block = openLoops(batch, cut.outer);
  printBlock(printer, kernel, cut, base, block, "add");
  printEpilogueOverSums(printer, kernel, cut, base.sums, batch);
  return scopeLines(root);
}

interface Bases {
  readonly a: number;
  readonly b: number;
  readonly sums: number;
}

/** Packs b, then for every four rows packs a and multiplies. `add` leaves sums in scratch, `store` ends in the epilogue. */
function printBlock(
  printer: Printer,
  kernel: Contract,
  cut: Blocking,
  base: Bases,
  scope: Scope,
  mode: "store" | "add",
): void {
  const { m, n, block } = cut;
  printPacking(printer, scope, {
    rows: n,
    tile: tileColumns,
    axes: kernel.n,
    inner: cut.inner,
    value: kernel.b,
    counter: "n",
    count: String(Math.ceil(n / tileColumns) * tileColumns),
    target: (row) => `${base.b} + (${row} >> 2) * ${block * tileColumns} + (${row} & 3)`,
  });
  scope.rest.push(`for (let m = 0; m < ${m}; m += ${tileRows}) {`);
  const rows = childScope(scope, ["m"]);
  scope.rest.push(rows, "}");
  printPacking(printer, rows, {
    rows: m,
    tile: tileRows,
    axes: kernel.m,
    inner: cut.inner,
    value: kernel.a,
    counter: "r",
    count: String(tileRows),
    flat: "m + r",
    target: (row) => `${base.a} + ${row}`,
  });
  rows.rest.push(`for (let n = 0; n < ${n}; n += ${tileColumns}) {`);
  const tile = childScope(rows, ["n"]);
  rows.rest.push(tile, "}");
  tile.rest.push(...microKernel(base, block));
  tile.rest.push(m % tileRows === 0 ? "const rowEnd = 4;" : `const rowEnd = Math.min(4, ${m} - m);`);
  tile.rest.push(n % tileColumns === 0 ? "const columnEnd = 4;" : `const columnEnd = Math.min(4, ${n} - n);`);
  tile.rest.push("for (let r = 0; r < rowEnd; r++) {");
  const row = childScope(tile, ["r", ...kernel.m.map((axis) => axis.name)]);
  tile.rest.push(row, "}");
  if (mode === "add") {
    row.rest.push(`const at = ${base.sums} + (m + r) * ${n} + n;`);
    row.rest.push("for (let c = 0; c < columnEnd; c++) f64[at + c] += tile[r * 4 + c];");
    return;
  }
  declareAxes(row, kernel.m, "m + r", "rowIndex");
  row.rest.push("for (let c = 0; c < columnEnd; c++) {");
  const column = childScope(row, ["c", "acc:0", ...kernel.n.map((axis) => axis.name)]);
  row.rest.push(column, "}");
  declareAxes(column, kernel.n, "n + c", "columnIndex");
  column.prelude.push("const acc0 = tile[r * 4 + c];");
  printStores(printer, column, kernel.after);
}

interface Packing {
  readonly rows: number;
  readonly tile: number;
  readonly axes: readonly Axis[];
  readonly inner: readonly Axis[];
  readonly value: Contract["a"];
  readonly counter: string;
  readonly count: string;
  /** Flat row number, if it is not the counter itself. */
  readonly flat?: string;
  readonly target: (row: string) => string;
}

/** Writes one operand's panel: rows beyond the last are zero. */
function printPacking(printer: Printer, scope: Scope, packing: Packing): void {
  const { counter } = packing;
  scope.rest.push(`for (let ${counter} = 0; ${counter} < ${packing.count}; ${counter}++) {`);
  const row = childScope(scope, [counter]);
  scope.rest.push(row, "}");
  row.rest.push(`let to = ${packing.target(counter)};`);
  const tails = packing.rows % packing.tile !== 0;
  let filled = row;
  if (tails) {
    row.rest.push(`if (${packing.flat ?? counter} < ${packing.rows}) {`);
    filled = childScope(row, [], true);
    row.rest.push(filled, "} else {");
    const blockSize = packing.inner.reduce((size, axis) => size * axis.extent, 1);
    const zeros = childScope(row, []);
    zeros.rest.push(`for (let k = 0; k < ${blockSize}; k++, to += ${packing.tile}) f64[to] = 0;`);
    row.rest.push(zeros, "}");
  }
  const named = childScope(filled, packing.axes.map((axis) => axis.name));
  filled.rest.push(named);
  declareAxes(named, packing.axes, packing.flat ?? counter, "flat");
  const inner = openLoops(named, packing.inner);
  const text = printer.stored(inner, packing.value);
  inner.rest.push(`f64[to] = ${text};`, `to += ${packing.tile};`);
}

/** Splits a flat row-major number into its axes, as the first lines of a scope that brings them. */
function declareAxes(scope: Scope, axes: readonly Axis[], flat: string, name: string): void {
  const lines: string[] = [];
  const [only] = axes;
  if (axes.length === 1 && only) {
    lines.push(`const ${only.name} = ${flat};`);
  } else if (axes.length > 1) {
    lines.push(`let ${name} = ${flat};`);
    for (let d = axes.length - 1; d > 0; d--) {
      const axis = axes[d];
      if (!axis) continue;
      lines.push(`const ${axis.name} = ${name} % ${axis.extent};`);
      lines.push(`${name} = (${name} / ${axis.extent}) | 0;`);
    }
    if (only) lines.push(`const ${only.name} = ${name};`);
  }
  scope.prelude.unshift(...lines);
}

function microKernel(base: Bases, block: number): string[] {
  const rows = [0, 1, 2, 3];
  const columns = [0, 1, 2, 3];
  const lines = [
    ...rows.map((r) => `let ${columns.map((c) => `c${r}${c} = 0`).join(", ")};`),
    `let pb = ${base.b} + n * ${block};`,
    `for (let pa = ${base.a}, end = ${base.a + tileRows * block}; pa < end; pa += 4, pb += 4) {`,
    `  const ${rows.map((r) => `a${r} = f64[pa${r === 0 ? "" : ` + ${r}`}]`).join(", ")};`,
    `  const ${columns.map((c) => `b${c} = f64[pb${c === 0 ? "" : ` + ${c}`}]`).join(", ")};`,
    ...rows.map((r) => `  ${columns.map((c) => `c${r}${c} += a${r} * b${c};`).join(" ")}`),
    "}",
    ...rows.map((r) => columns.map((c) => `tile[${r * 4 + c}] = c${r}${c};`).join(" ")),
  ];
  return lines;
}

/** After the last block: the epilogue over the sums kept in scratch. */
function printEpilogueOverSums(printer: Printer, kernel: Contract, cut: Blocking, sums: number, scope: Scope): void {
  scope.rest.push(`for (let m = 0; m < ${cut.m}; m++) {`);
  const row = childScope(scope, ["m", ...kernel.m.map((axis) => axis.name)]);
  scope.rest.push(row, "}");
  declareAxes(row, kernel.m, "m", "rowIndex");
  row.rest.push(`for (let n = 0; n < ${cut.n}; n++) {`);
  const column = childScope(row, ["n", "acc:0", ...kernel.n.map((axis) => axis.name)]);
  row.rest.push(column, "}");
  declareAxes(column, kernel.n, "n", "columnIndex");
  column.prelude.push(`const acc0 = f64[${sums} + m * ${cut.n} + n];`);
  printStores(printer, column, kernel.after);
}
