// A contraction in tiles. Invocation (x, y) of a workgroup, or one of each slice of the sum, has the rows y, y + Y, … and the columns x, x + X, … of its
// tile, so that neighbours read neighbouring elements of workgroup memory and store neighbouring results.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";
import { loadsIn } from "../../schedule/access.ts";
import type { Axis, Contract, OperandSum, Place, Scalar, ValueId } from "../../schedule/kernel.ts";
import { childScope, type Scope } from "../scope.ts";
import { longestSum } from "./accumulators.ts";
import { contiguousAlong, contiguousLast, type MemoryAccess } from "./contiguity.ts";
import type { Printer } from "./expression.ts";
import { valueType } from "./memory.ts";
import { declareAxes, extentOf, groupShader, namesOf, openGuard, type Shader } from "./points.ts";
import { pitch, sizeOfTile, type Tile } from "./tiles.ts";

/** One operand as the template sees it: its rows in the tile. */
interface Side {
  readonly of: OperandSum["of"];
  readonly value: Scalar;
  readonly axes: readonly Axis[];
  readonly count: number;
  /** Rows of the tile, and the variable that holds the first of them. */
  readonly length: number;
  readonly start: string;
  readonly shared: string;
  /** What workgroup memory holds of it; products and sums are f32 or i32. */
  readonly element: "f16" | "f32" | "i32";
}

interface Template {
  readonly printer: Printer;
  readonly kernel: Contract;
  readonly tile: Tile;
  readonly rows: Side;
  readonly columns: Side;
  readonly k: readonly Axis[];
  readonly deep: number;
  readonly dtype: "f32" | "i32";
  /** Whether sums are added in blocks. */
  readonly blocked: boolean;
  readonly places: ReadonlyMap<ValueId, Place>;
}

export function printTiled(
  printer: Printer,
  kernel: Contract,
  places: ReadonlyMap<ValueId, Place>,
  tile: Tile,
  settings: WebgpuSettings,
): Shader {
  const { a, b, m, n, batch } = kernel;
  const loads: MemoryAccess[] = loadsIn([a, b]).map(({ from, at }) => ({ value: from, at }));
  const dtype = valueType(a.dtype) === "i32" ? "i32" : "f32";
  const elementOf = (value: Scalar): Side["element"] =>
    settings.f16 && value.dtype === "f16" ? "f16" : dtype;
  const rows: Side = {
    of: "a",
    value: a,
    axes: m,
    count: extentOf(m),
    length: tile.rows,
    start: "row_start",
    shared: "tile_rows",
    element: elementOf(a),
  };
  const columns: Side = {
    of: "b",
    value: b,
    axes: n,
    count: extentOf(n),
    length: tile.columns,
    start: "column_start",
    shared: "tile_columns",
    element: elementOf(b),
  };
  const deep = extentOf(kernel.k);
  const k = contiguousLast(kernel.k, loads, places);
  const blocked = dtype === "f32" && deep > longestSum;
  const template: Template = {
    printer,
    kernel,
    tile,
    rows,
    columns,
    k,
    deep,
    dtype,
    blocked,
    places,
  };
  const [down, across] = [rows, columns].map(({ count, length }) => Math.ceil(count / length));
  const groups = extentOf(batch) * (down ?? 0) * (across ?? 0);
  const shared = [rows, columns].map(
    (side) =>
      `var<workgroup> ${side.shared}: array<${side.element}, ${tile.depth * pitch(side.length)}>;`,
  );
  if (tile.slices > 1) {
    shared.push(`var<workgroup> slice_sums: array<${dtype}, ${sizeOfTile(tile)}>;`);
  }
  const shader = groupShader(groups, sizeOfTile(tile), shared, settings, (root) => {
    const width = tile.columns / tile.each[1];
    const results = sizeOfTile(tile) / tile.slices;
    root.rest.push(
      `let lane_column = lane % ${width};`,
      tile.slices === 1
        ? `let lane_row = lane / ${width};`
        : `let lane_row = lane % ${results} / ${width};`,
      ...(tile.slices === 1 ? [] : [`let slice = lane / ${results};`]),
      `let column_start = group % ${across} * ${columns.length};`,
      `let row_start = group / ${across} % ${down} * ${rows.length};`,
      `let batch_number = group / ${(down ?? 0) * (across ?? 0)};`,
    );
    const scope = childScope(root, namesOf(batch));
    root.rest.push(scope);
    declareAxes(scope, batch, "batch_number");
    printProducts(template, scope);
    const end = tile.slices === 1 ? scope : joinSlices(tile, results, scope);
    printEpilogue(template, end);
    for (const sum of kernel.sums) printOperandSum(template, scope, sum);
  });
  const halves = [rows, columns].some(({ element }) => element === "f16");
  return halves ? { ...shader, halves } : shader;
}

/** An element in workgroup memory as it is multiplied. */
function sharedElement({ shared, length, element }: Side, depth: string, at: string): string {
  const text = `${shared}[${depth} * ${pitch(length)} + ${at}]`;
  return element === "f16" ? `f32(${text})` : text;
}

/** The loop over the sum: loads both tiles, then multiplies them. */
function printProducts(template: Template, scope: Scope): void {
  const { kernel, tile, rows, columns, deep, dtype, blocked } = template;
  const [own, width] = tile.each;
  const { depth, slices } = tile;
  const [from, to] =
    slices === 1
      ? ["0", `${depth}`]
      : [`slice * ${depth / slices}`, `(slice + 1) * ${depth / slices}`];
  const type = vector(dtype, width);
  const zero = `${type}()`;
  const numbers = Array.from({ length: own }, (_, r) => r);
  for (const r of numbers) {
    scope.rest.push(`var sum_${r} = ${zero};`);
    if (blocked) scope.rest.push(`var part_${r} = ${zero};`);
  }
  for (const { slot } of kernel.sums) {
    scope.rest.push(`var operand_${slot} = 0f;`);
    if (blocked) scope.rest.push(`var operand_part_${slot} = 0f;`);
  }
  scope.rest.push(`for (var depth_start = 0; depth_start < ${deep}; depth_start += ${depth}) {`);
  const step = childScope(scope, ["depth_start"]);
  scope.rest.push(step, "}");
  printLoad(template, step, rows);
  printLoad(template, step, columns);
  const lines = tile.columns / width;
  const reads = Array.from({ length: width }, (_, c) =>
    sharedElement(columns, "deep", `lane_column${plus(c * lines)}`),
  );
  const high = tile.rows / own;
  const into = (r: number): string => (blocked ? `part_${r}` : `sum_${r}`);
  step.rest.push(
    "workgroupBarrier();",
    `for (var deep = ${from}; deep < ${to}; deep++) {`,
    `  let factor = ${type}(${reads.join(", ")});`,
    ...numbers.map(
      (r) =>
        `  ${into(r)} += ${sharedElement(rows, "deep", `lane_row${plus(r * high)}`)} * factor;`,
    ),
    "}",
  );
  for (const { of, slot } of kernel.sums) {
    const [side, other] = of === "a" ? [rows, columns] : [columns, rows];
    step.rest.push(
      `if (${other.start} == 0 && lane < ${side.length}) {`,
      `  for (var deep = 0; deep < ${depth}; deep++) {`,
      `    operand_${blocked ? "part_" : ""}${slot} += ${sharedElement(side, "deep", "lane")};`,
      "  }",
      "}",
    );
  }
  if (blocked) {
    const flush = [
      ...numbers.map((r) => `  sum_${r} += part_${r}; part_${r} = ${zero};`),
      ...kernel.sums.map(
        ({ slot }) => `  operand_${slot} += operand_part_${slot}; operand_part_${slot} = 0f;`,
      ),
    ];
    const ends = `(depth_start + ${depth}) % ${longestSum} == 0`;
    const last = `depth_start + ${depth} >= ${deep}`;
    step.rest.push(`if (${ends} || ${last}) {`, ...flush, "}");
  }
  step.rest.push("workgroupBarrier();");
}

/** Adds up what the slices of the sum found: the first has the results. */
function joinSlices({ slices }: Tile, results: number, scope: Scope): Scope {
  const others = Array.from({ length: slices - 1 }, (_, i) => (i + 1) * results);
  scope.rest.push("slice_sums[lane] = sum_0;", "workgroupBarrier();");
  const first = openGuard(scope, "slice == 0", []);
  first.rest.push(...others.map((offset) => `sum_0 += slice_sums[lane + ${offset}];`));
  return first;
}

/** Copies an operand's part into workgroup memory; what lies outside is 0. */
function printLoad(
  { printer, k, deep, dtype, tile, places }: Template,
  scope: Scope,
  side: Side,
): void {
  const { value, axes, count, length, start, shared } = side;
  const kept = side.element === "f16" ? "f16(element)" : "element";
  const { depth } = tile;
  const loads = loadsIn([value]).map(({ from, at }) => ({ value: from, at }));
  const along = (axis: Axis | undefined): number =>
    axis && axis.extent > 1 ? contiguousAlong(axis, loads, places) : 0;
  // Neighbouring invocations read along what is contiguous.
  const byDepth = along(k.at(-1)) > along(axes.at(-1));
  const fastest = byDepth ? depth : length;
  const [row, step] = byDepth
    ? [`slot / ${fastest}`, `slot % ${fastest}`]
    : [`slot % ${fastest}`, `slot / ${fastest}`];
  scope.rest.push(`for (var slot = lane; slot < ${length * depth}; slot += ${sizeOfTile(tile)}) {`);
  const body = childScope(scope, ["slot"]);
  scope.rest.push(body, "}");
  body.rest.push(
    `let tile_row = ${row};`,
    `let tile_depth = ${step};`,
    `let at_row = ${start} + tile_row;`,
    "let at_depth = depth_start + tile_depth;",
    `var element = ${printer.number(0, dtype)};`,
  );
  const tests = [
    ...(count % length === 0 ? [] : [`at_row < ${count}`]),
    ...(deep % depth === 0 ? [] : [`at_depth < ${deep}`]),
  ];
  const point = openGuard(body, tests.join(" && "), [...namesOf(axes), ...namesOf(k)]);
  declareAxes(point, axes, "at_row");
  declareAxes(point, k, "at_depth");
  point.rest.push(`element = ${printer.converted(point, value, dtype)};`);
  body.rest.push(`${shared}[tile_depth * ${pitch(length)} + tile_row] = ${kept};`);
}

/** Stores the results, an element at a time. */
function printEpilogue(
  { printer, kernel, tile, rows, columns, dtype }: Template,
  scope: Scope,
): void {
  const [own, width] = tile.each;
  const numbers = Array.from({ length: own }, (_, r) => `sum_${r}`);
  scope.rest.push(
    `var sums = array<${vector(dtype, width)}, ${own}>(${numbers.join(", ")});`,
    `for (var r = 0; r < ${own}; r++) {`,
  );
  const line = childScope(scope, ["r"]);
  scope.rest.push(line, "}");
  line.rest.push(`let at_row = row_start + lane_row + r * ${tile.rows / own};`);
  const row = openGuard(line, beyond("at_row", rows), namesOf(rows.axes));
  declareAxes(row, rows.axes, "at_row");
  row.rest.push(`for (var c = 0; c < ${width}; c++) {`);
  const element = childScope(row, ["c"]);
  row.rest.push(element, "}");
  element.rest.push(`let at_column = column_start + lane_column + c * ${tile.columns / width};`);
  const point = openGuard(element, beyond("at_column", columns), [
    "acc:0",
    ...namesOf(columns.axes),
  ]);
  declareAxes(point, columns.axes, "at_column");
  point.prelude.push(`let acc0 = sums[r]${width === 1 ? "" : "[c]"};`);
  printer.stores(point, kernel.after);
}

/** What is stored of the sum of one operand: by the first workgroup of its rows. */
function printOperandSum(
  { printer, rows, columns }: Template,
  scope: Scope,
  { of, slot, after }: OperandSum,
): void {
  const [side, other] = of === "a" ? [rows, columns] : [columns, rows];
  const tests = [`${other.start} == 0`, `lane < ${side.length}`];
  if (side.count % side.length !== 0) tests.push(`${side.start} + lane < ${side.count}`);
  const point = openGuard(scope, tests.join(" && "), [`acc:${slot}`, ...namesOf(side.axes)]);
  point.prelude.push(`let at_own = ${side.start} + lane;`);
  declareAxes(point, side.axes, "at_own");
  point.prelude.push(`let acc${slot} = operand_${slot};`);
  printer.stores(point, after);
}

function beyond(name: string, { count, length }: Side): string {
  return count % length === 0 ? "" : `${name} < ${count}`;
}

function vector(dtype: "f32" | "i32", width: number): string {
  return width === 1 ? dtype : `vec${width}<${dtype}>`;
}

function plus(offset: number): string {
  return offset === 0 ? "" : ` + ${offset}`;
}
