// The one packed contraction template: b is packed as [n/4][k][4], a as [k][4] for four rows at a time; a 4×4 tile of
// sums stays in registers (4×3 or 4×2 where n is small); the epilogue runs an element at a time. A long sum is cut into blocks of k, between which
// the tiles wait in scratch memory; the order of additions is that of the plain loop all the same. Products,
// convolutions and their gradients are all printed by it: index maps, borders and gathers cost only in packing.

import type { Axis, Contract, OperandSum, Scalar } from "../../schedule/kernel.ts";
import { childScope, rootScope, scopeLines, type Scope } from "../scope.ts";
import type { Printer } from "./expression.ts";
import { openLoops, printStores } from "./loop.ts";
import { blocking, extent, tileRows, type Blocking } from "./pack.ts";

/** What the parts of the template share. `a`, `b`, `sums`, `rowSums` are offsets in doubles. */
interface Template {
  readonly printer: Printer;
  readonly kernel: Contract;
  readonly cut: Blocking;
  readonly a: number;
  readonly b: number;
  readonly sums: number;
  readonly rowSums: Blocking["rowSums"];
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
    rowSums: { a: scratchDoubles + cut.rowSums.a, b: scratchDoubles + cut.rowSums.b },
  };
  const root = rootScope();
  const batch = openLoops(root, kernel.batch);
  if (kernel.sums.length > 0) {
    const { a, b } = cut.rowSums;
    batch.rest.push(`f64.fill(0, ${scratchDoubles + a}, ${scratchDoubles + b + cut.n});`);
  }
  if (cut.whole) {
    printBlock(template, batch);
  } else {
    batch.rest.push(`f64.fill(0, ${template.sums}, ${scratchDoubles + cut.rowSums.a});`);
    printBlock(template, openBlock(openLoops(batch, cut.outer), cut));
    printEpilogueOverSums(template, batch);
  }
  for (const sum of kernel.sums) printRowSums(template, batch, sum);
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

/** The axes of a block, in the order in which they are packed. */
function depthAxes({ cut, inner }: Blocking): readonly Axis[] {
  return cut ? [cut.axis, ...inner] : inner;
}

/** Loops over axes of a block; the one that is cut runs through its chunk only. */
function openDepth(scope: Scope, axes: readonly Axis[], { cut }: Blocking): Scope {
  const [first, ...others] = axes;
  if (!cut || first !== cut.axis) return openLoops(scope, axes);
  scope.rest.push(`for (let ${first.name} = start; ${first.name} < end; ${first.name}++) {`);
  const step = childScope(scope, [first.name]);
  scope.rest.push(step, "}");
  return openLoops(step, others);
}

/** `name` divided by a small number, and what remains. */
function quotient(name: string, by: number): string {
  return by === 3 ? `((${name} / 3) | 0)` : `(${name} >> ${Math.log2(by)})`;
}

function rest(name: string, by: number): string {
  return by === 3 ? `(${name} % 3)` : `(${name} & ${by - 1})`;
}

/** Elements a row of the block at hand. */
function depthText({ cut, inner, block }: Blocking): string {
  return cut ? `(end - start) * ${extent(inner)}` : String(block);
}

/** Packs b, then for every four rows packs a and multiplies; ends in the epilogue if the block is the whole sum. */
function printBlock(template: Template, scope: Scope): void {
  const { kernel, cut } = template;
  const { m, n, block, columns } = cut;
  scope.rest.push(`const depth = ${depthText(cut)};`);
  printPacking(template, scope, {
    rows: n,
    tile: columns,
    axes: kernel.n,
    of: "b",
    counter: "n",
    count: Math.ceil(n / columns) * columns,
    flat: "n",
    target: `${template.b} + ${quotient("n", columns)} * ${block * columns} + ${rest("n", columns)}`,
  });
  scope.rest.push(`for (let m = 0; m < ${m}; m += ${tileRows}) {`);
  const rows = childScope(scope, ["m"]);
  scope.rest.push(rows, "}");
  printPacking(template, rows, {
    rows: m,
    tile: tileRows,
    axes: kernel.m,
    of: "a",
    counter: "r",
    count: tileRows,
    flat: "m + r",
    target: `${template.a} + r`,
  });
  rows.rest.push(`for (let n = 0; n < ${n}; n += ${columns}) {`);
  const tile = childScope(rows, ["n"]);
  rows.rest.push(tile, "}");
  tile.rest.push(...microKernel(template));
  if (cut.whole) printTileEpilogue(template, tile);
}

interface Packing {
  readonly rows: number;
  readonly tile: number;
  readonly axes: readonly Axis[];
  readonly of: OperandSum["of"];
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
    row.rest.push(printZeros(row, "depth", tile), "}");
  }
  const named = childScope(
    filled,
    packing.axes.map((axis) => axis.name),
  );
  filled.rest.push(named);
  declareAxes(named, packing.axes, packing.flat, "flat");
  const value = template.kernel[packing.of];
  if (!template.kernel.sums.some((sum) => sum.of === packing.of)) {
    printRow(template, named, value, tile);
    return;
  }
  const sum = `f64[${template.rowSums[packing.of]} + ${packing.flat}]`;
  named.rest.push(`let sum = ${sum};`);
  printRow(template, named, value, tile, "sum += f64[to];");
  named.rest.push(`${sum} = sum;`);
}

/**
 * One row of a panel. Where a border is the same for all of the innermost axes, it is asked for outside their loops:
 * a loop over channels then has no branch. `each` follows every element that is not beyond a border.
 */
function printRow(
  template: Template,
  scope: Scope,
  value: Scalar,
  tile: number,
  ...each: readonly string[]
): void {
  const { printer, cut } = template;
  const axes = depthAxes(cut);
  const border = bordered(value);
  const needed = border ? printer.needs(border.condition) : new Set<string>();
  const outer = axes.slice(0, axes.findLastIndex((axis) => needed.has(axis.name)) + 1);
  const inner = axes.slice(outer.length);
  if (!border || extent(inner) === 1) {
    const point = openDepth(scope, axes, cut);
    const text = printer.scalar(point, value);
    point.rest.push(`f64[to] = ${text};`, ...each, `to += ${tile};`);
    return;
  }
  const around = openDepth(scope, outer, cut);
  around.rest.push(`if (${printer.scalar(around, border.condition)}) {`);
  const inside = childScope(around, [], true);
  around.rest.push(inside, "} else {");
  const point = openDepth(inside, inner, cut);
  const text = printer.scalar(point, border.inside);
  point.rest.push(`f64[to] = ${text};`, ...each, `to += ${tile};`);
  const count = outer.length === 0 ? "depth" : String(extent(inner));
  around.rest.push(printZeros(around, count, tile), "}");
}

/** A value that is 0 where a condition does not hold. */
function bordered(value: Scalar): { condition: Scalar; inside: Scalar } | undefined {
  if (value.kind !== "apply" || value.op !== "select") return undefined;
  const [condition, inside, outside] = value.args;
  if (!condition || !inside || outside?.kind !== "number" || outside.value !== 0) return undefined;
  return { condition, inside };
}

function printZeros(scope: Scope, count: string, tile: number): Scope {
  const zeros = childScope(scope, []);
  zeros.rest.push(`for (let k = 0; k < ${count}; k++, to += ${tile}) f64[to] = 0;`);
  return zeros;
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

function plus(name: string, offset: number): string {
  return offset === 0 ? name : `${name} + ${offset}`;
}

/** Multiplies two panels. The sums end in `tile`, or in scratch where the next block takes them up again. */
function microKernel({ cut, a, b, sums }: Template): string[] {
  const rows = [0, 1, 2, 3];
  const columns = rows.slice(0, cut.columns);
  const each = (text: (r: number, c: number) => string, separator: string): string[] =>
    rows.map((r) => columns.map((c) => text(r, c)).join(separator));
  const waiting = (r: number, c: number): string => `f64[${plus("at", r * cut.columns + c)}]`;
  const before = cut.whole
    ? each((r, c) => `c${r}${c} = 0`, ", ")
    : each((r, c) => `c${r}${c} = ${waiting(r, c)}`, ", ");
  const after = cut.whole
    ? each((r, c) => `tile[${r * cut.columns + c}] = c${r}${c};`, " ")
    : each((r, c) => `${waiting(r, c)} = c${r}${c};`, " ");
  const step = `pa += ${tileRows}, pb += ${cut.columns}`;
  return [
    ...(cut.whole ? [] : [`const at = ${sumsOfTile(cut, sums)};`]),
    ...before.map((row) => `let ${row};`),
    `let pb = ${b} + n * ${cut.block};`,
    `for (let pa = ${a}, last = ${a} + depth * ${tileRows}; pa < last; ${step}) {`,
    `  const ${rows.map((r) => `a${r} = f64[${plus("pa", r)}]`).join(", ")};`,
    `  const ${columns.map((c) => `b${c} = f64[${plus("pb", c)}]`).join(", ")};`,
    ...each((r, c) => `c${r}${c} += a${r} * b${c};`, " ").map((row) => `  ${row}`),
    "}",
    ...after,
  ];
}

/** Columns of the result, those of empty places in tiles included. */
function paddedColumns({ n, columns }: Blocking): number {
  return Math.ceil(n / columns) * columns;
}

/** Where the sums of the tile that begins at (m, n) wait. */
function sumsOfTile(cut: Blocking, sums: number): string {
  return `${sums} + m * ${paddedColumns(cut)} + n * ${tileRows}`;
}

function printTileEpilogue({ printer, kernel, cut }: Template, tile: Scope): void {
  const { m, n, columns } = cut;
  const end = (name: string, size: number, whole: number): string =>
    size % whole === 0 ? String(whole) : `Math.min(${whole}, ${size} - ${name})`;
  tile.rest.push(`const rowEnd = ${end("m", m, tileRows)}, columnEnd = ${end("n", n, columns)};`);
  tile.rest.push("for (let r = 0; r < rowEnd; r++) {");
  const row = childScope(tile, ["r", ...kernel.m.map((axis) => axis.name)]);
  tile.rest.push(row, "}");
  declareAxes(row, kernel.m, "m + r", "rowIndex");
  row.rest.push("for (let c = 0; c < columnEnd; c++) {");
  const column = childScope(row, ["c", "acc:0", ...kernel.n.map((axis) => axis.name)]);
  row.rest.push(column, "}");
  declareAxes(column, kernel.n, "n + c", "columnIndex");
  column.prelude.push(`const acc0 = tile[r * ${columns} + c];`);
  printStores(printer, column, kernel.after);
}

/** After the last block: the epilogue over the sums that wait in scratch. */
function printEpilogueOverSums({ printer, kernel, cut, sums }: Template, scope: Scope): void {
  const { columns } = cut;
  scope.rest.push(`for (let m = 0; m < ${cut.m}; m++) {`);
  const row = childScope(scope, ["m", ...kernel.m.map((axis) => axis.name)]);
  scope.rest.push(row, "}");
  declareAxes(row, kernel.m, "m", "rowIndex");
  const line = `(m >> 2) * ${paddedColumns(cut) * tileRows} + (m & 3) * ${columns}`;
  row.rest.push(`const tiles = ${sums} + ${line};`);
  row.rest.push(`for (let n = 0; n < ${cut.n}; n++) {`);
  const column = childScope(row, ["n", "acc:0", ...kernel.n.map((axis) => axis.name)]);
  row.rest.push(column, "}");
  declareAxes(column, kernel.n, "n", "columnIndex");
  const tile = `${quotient("n", columns)} * ${tileRows * columns}`;
  column.prelude.push(`const acc0 = f64[tiles + ${tile} + ${rest("n", columns)}];`);
  printStores(printer, column, kernel.after);
}

/** What is stored of the sum of one operand. */
function printRowSums(
  { printer, kernel, cut, rowSums }: Template,
  scope: Scope,
  sum: OperandSum,
): void {
  const { of, slot, after } = sum;
  const [axes, rows] = of === "a" ? [kernel.m, cut.m] : [kernel.n, cut.n];
  scope.rest.push(`for (let row = 0; row < ${rows}; row++) {`);
  const point = childScope(scope, ["row", `acc:${slot}`, ...axes.map((axis) => axis.name)]);
  scope.rest.push(point, "}");
  declareAxes(point, axes, "row", "rowIndex");
  point.prelude.push(`const acc${slot} = f64[${rowSums[of]} + row];`);
  printStores(printer, point, after);
}
