// The one packed contraction template: b is packed as [n/4][k][4], a as [k][4] for four rows at a time; a 4×4 tile of
// sums stays in registers; the epilogue runs an element at a time. A long sum is cut into blocks of k, between which
// the tiles wait in scratch memory; the order of additions is that of the plain loop all the same. Products,
// convolutions and their gradients are all printed by it: index maps, borders and gathers cost only in packing.

import type { Axis, Contract } from "../../schedule/kernel.ts";
import { childScope, rootScope, scopeLines, type Scope } from "../scope.ts";
import type { Printer } from "./expression.ts";
import { openLoops, printStores } from "./loop.ts";
import { blocking, extent, tileColumns, tileRows, type Blocking } from "./pack.ts";

/** What the parts of the template share. `a`, `b`, `sums` are offsets in doubles. */
interface Template {
  readonly printer: Printer;
  readonly kernel: Contract;
  readonly cut: Blocking;
  readonly a: number;
  readonly b: number;
  readonly sums: number;
}

export function printContract(
  printer: Printer,
  kernel: Contract,
  scratchDoubles: number,
): string[] {
  const cut = blocking(kernel);
  const template: Template = {
    printer,
    kernel,
    cut,
    a: scratchDoubles + cut.packedA,
    b: scratchDoubles + cut.packedB,
    sums: scratchDoubles + cut.sums,
  };
  const root = rootScope();
  const batch = openLoops(root, kernel.batch);
  if (cut.whole) {
    printBlock(template, batch);
  } else {
    batch.rest.push(`f64.fill(0, ${template.sums}, ${scratchDoubles + cut.doubles});`);
    printBlock(template, openBlock(openLoops(batch, cut.outer), cut));
    printEpilogueOverSums(template, batch);
  }
  return scopeLines(root);
}

/** Opens the loop over the chunks of the axis that is cut. */
function openBlock(scope: Scope, { cut }: Blocking): Scope {
  if (!cut) return scope;
  const size = cut.axis.extent;
  scope.rest.push(`for (let start = 0; start < ${size}; start += ${cut.chunk}) {`);
  const block = childScope(scope, ["start"]);
  block.prelude.push(`const end = Math.min(start + ${cut.chunk}, ${size});`);
  scope.rest.push(block, "}");
  return block;
}

/** The loops over the elements of a block, in the order in which they are packed. */
function openDepth(scope: Scope, { cut, inner }: Blocking): Scope {
  if (!cut) return openLoops(scope, inner);
  const { name } = cut.axis;
  scope.rest.push(`for (let ${name} = start; ${name} < end; ${name}++) {`);
  const step = childScope(scope, [name]);
  scope.rest.push(step, "}");
  return openLoops(step, inner);
}

/** Elements a row of the block at hand. */
function depthText({ cut, inner, block }: Blocking): string {
  return cut ? `(end - start) * ${extent(inner)}` : String(block);
}

/** Packs b, then for every four rows packs a and multiplies; ends in the epilogue if the block is the whole sum. */
function printBlock(template: Template, scope: Scope): void {
  const { kernel, cut } = template;
  const { m, n, block } = cut;
  scope.rest.push(`const depth = ${depthText(cut)};`);
  printPacking(template, scope, {
    rows: n,
    tile: tileColumns,
    axes: kernel.n,
    value: kernel.b,
    counter: "n",
    count: Math.ceil(n / tileColumns) * tileColumns,
    flat: "n",
    target: `${template.b} + (n >> 2) * ${block * tileColumns} + (n & 3)`,
  });
  scope.rest.push(`for (let m = 0; m < ${m}; m += ${tileRows}) {`);
  const rows = childScope(scope, ["m"]);
  scope.rest.push(rows, "}");
  printPacking(template, rows, {
    rows: m,
    tile: tileRows,
    axes: kernel.m,
    value: kernel.a,
    counter: "r",
    count: tileRows,
    flat: "m + r",
    target: `${template.a} + r`,
  });
  rows.rest.push(`for (let n = 0; n < ${n}; n += ${tileColumns}) {`);
  const tile = childScope(rows, ["n"]);
  rows.rest.push(tile, "}");
  tile.rest.push(...microKernel(template));
  if (cut.whole) printTileEpilogue(template, tile);
}

interface Packing {
  readonly rows: number;
  readonly tile: number;
  readonly axes: readonly Axis[];
  readonly value: Contract["a"];
  readonly counter: string;
  readonly count: number;
  /** Flat row number. */
  readonly flat: string;
  readonly target: string;
}

/** Writes one operand's panel: rows beyond the last are zero. */
function printPacking(template: Template, scope: Scope, packing: Packing): void {
  const { counter, tile } = packing;
  scope.rest.push(`for (let ${counter} = 0; ${counter} < ${packing.count}; ${counter}++) {`);
  const row = childScope(scope, [counter]);
  scope.rest.push(row, "}");
  row.rest.push(`let to = ${packing.target};`);
  let filled = row;
  if (packing.rows % tile !== 0) {
    row.rest.push(`if (${packing.flat} < ${packing.rows}) {`);
    filled = childScope(row, [], true);
    row.rest.push(filled, "} else {");
    const zeros = childScope(row, []);
    zeros.rest.push(`for (let k = 0; k < depth; k++, to += ${tile}) f64[to] = 0;`);
    row.rest.push(zeros, "}");
  }
  const named = childScope(
    filled,
    packing.axes.map((axis) => axis.name),
  );
  filled.rest.push(named);
  declareAxes(named, packing.axes, packing.flat, "flat");
  const inner = openDepth(named, template.cut);
  const text = template.printer.stored(inner, packing.value);
  inner.rest.push(`f64[to] = ${text};`, `to += ${tile};`);
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

const four = [0, 1, 2, 3];

function plus(name: string, offset: number): string {
  return offset === 0 ? name : `${name} + ${offset}`;
}

/** Multiplies two panels. The sums end in `tile`, or in scratch where the next block takes them up again. */
function microKernel({ cut, a, b, sums }: Template): string[] {
  const each = (text: (r: number, c: number) => string, separator: string): string[] =>
    four.map((r) => four.map((c) => text(r, c)).join(separator));
  const waiting = (r: number, c: number): string => `f64[${plus("at", r * tileColumns + c)}]`;
  const before = cut.whole
    ? each((r, c) => `c${r}${c} = 0`, ", ")
    : each((r, c) => `c${r}${c} = ${waiting(r, c)}`, ", ");
  const after = cut.whole
    ? each((r, c) => `tile[${r * tileColumns + c}] = c${r}${c};`, " ")
    : each((r, c) => `${waiting(r, c)} = c${r}${c};`, " ");
  return [
    ...(cut.whole ? [] : [`const at = ${sumsOfTile(cut, sums)};`]),
    ...before.map((row) => `let ${row};`),
    `let pb = ${b} + n * ${cut.block};`,
    `for (let pa = ${a}, last = ${a} + depth * ${tileRows}; pa < last; pa += 4, pb += 4) {`,
    `  const ${four.map((r) => `a${r} = f64[${plus("pa", r)}]`).join(", ")};`,
    `  const ${four.map((c) => `b${c} = f64[${plus("pb", c)}]`).join(", ")};`,
    ...each((r, c) => `c${r}${c} += a${r} * b${c};`, " ").map((row) => `  ${row}`),
    "}",
    ...after,
  ];
}

/** Where the sums of the tile at (m, n), multiples of 4, wait. */
function sumsOfTile({ n }: Blocking, sums: number): string {
  const tilesInRow = Math.ceil(n / tileColumns);
  return `${sums} + m * ${tilesInRow * tileColumns} + n * ${tileRows}`;
}

function printTileEpilogue({ printer, kernel, cut }: Template, tile: Scope): void {
  const { m, n } = cut;
  const end = (name: string, size: number): string =>
    size % 4 === 0 ? "4" : `Math.min(4, ${size} - ${name})`;
  tile.rest.push(`const rowEnd = ${end("m", m)}, columnEnd = ${end("n", n)};`);
  tile.rest.push("for (let r = 0; r < rowEnd; r++) {");
  const row = childScope(tile, ["r", ...kernel.m.map((axis) => axis.name)]);
  tile.rest.push(row, "}");
  declareAxes(row, kernel.m, "m + r", "rowIndex");
  row.rest.push("for (let c = 0; c < columnEnd; c++) {");
  const column = childScope(row, ["c", "acc:0", ...kernel.n.map((axis) => axis.name)]);
  row.rest.push(column, "}");
  declareAxes(column, kernel.n, "n + c", "columnIndex");
  column.prelude.push("const acc0 = tile[r * 4 + c];");
  printStores(printer, column, kernel.after);
}

/** After the last block: the epilogue over the sums that wait in scratch. */
function printEpilogueOverSums({ printer, kernel, cut, sums }: Template, scope: Scope): void {
  const tilesInRow = Math.ceil(cut.n / tileColumns);
  scope.rest.push(`for (let m = 0; m < ${cut.m}; m++) {`);
  const row = childScope(scope, ["m", ...kernel.m.map((axis) => axis.name)]);
  scope.rest.push(row, "}");
  declareAxes(row, kernel.m, "m", "rowIndex");
  row.rest.push(`const tiles = ${sums} + (m >> 2) * ${tilesInRow * 16} + (m & 3) * 4;`);
  row.rest.push(`for (let n = 0; n < ${cut.n}; n++) {`);
  const column = childScope(row, ["n", "acc:0", ...kernel.n.map((axis) => axis.name)]);
  row.rest.push(column, "}");
  declareAxes(column, kernel.n, "n", "columnIndex");
  column.prelude.push("const acc0 = f64[tiles + (n >> 2) * 16 + (n & 3)];");
  printStores(printer, column, kernel.after);
}
