// `scatter` kernels without atomics: every invocation owns a range of rows of one column, goes through all indices in
// their order and adds those of its range, so that the result does not depend on how invocations run.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";
import { storesOf } from "../../schedule/access.ts";
import type { Place, Scatter, ValueId } from "../../schedule/kernel.ts";
import { childScope } from "../scope.ts";
import { contiguousLast } from "./contiguity.ts";
import type { Printer } from "./expression.ts";
import { extentOf, openLoops, pointShader, type Shader } from "./points.ts";

/** Invocations that keep a GPU busy although each reads all indices. */
const manyInvocations = 2 ** 14;

/** Rows of a range at least: with fewer, indices are read more often than anything is added. */
const fewRows = 8;

export function printScatter(
  printer: Printer,
  kernel: Scatter,
  places: ReadonlyMap<ValueId, Place>,
  settings: WebgpuSettings,
): Shader {
  const { rows, to, at } = kernel;
  const stores = storesOf(kernel).map((store) => ({ value: store.to, at: store.at }));
  const columns = contiguousLast(kernel.parallel, stores, places);
  const wanted = Math.ceil(manyInvocations / Math.max(1, extentOf(columns)));
  const most = Math.max(1, Math.floor(rows / fewRows));
  const length = Math.ceil(rows / Math.min(wanted, most));
  const ranges = { name: "range", extent: Math.ceil(rows / Math.max(1, length)) };
  const axes = ranges.extent > 1 ? [ranges, ...columns] : columns;
  return pointShader(axes, settings, (scope) => {
    const dtype = kernel.value.dtype;
    const [first, end] =
      ranges.extent > 1 ? ["first_row", `min(first_row + ${length}, ${rows})`] : ["0", `${rows}`];
    if (ranges.extent > 1) {
      scope.rest.push(`let first_row = range * ${length};`, `let end_row = ${end};`);
    }
    const last = ranges.extent > 1 ? "end_row" : end;
    scope.rest.push(`for (var row = ${first}; row < ${last}; row++) {`);
    const clear = childScope(scope, ["row"]);
    clear.rest.push(printer.store(clear, to, at, printer.number(0, dtype)));
    scope.rest.push(clear, "}");
    const point = openLoops(scope, kernel.ordered);
    point.rest.push(`let row = ${printer.scalar(point, kernel.row)};`);
    point.rest.push(`if (row >= ${first} && row < ${last}) {`);
    const body = childScope(point, ["row"], true);
    point.rest.push(body, "}");
    const value = printer.scalar(body, kernel.value);
    const old = printer.load(body, to, at);
    body.rest.push(printer.store(body, to, at, `${old} + ${value}`));
  });
}
