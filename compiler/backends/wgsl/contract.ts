// The one template of contractions: a workgroup makes a tile of the results; both operands come through workgroup memory, a
// few elements of the sum at a time; an invocation keeps some results in registers. Index maps, borders and gathers cost
// only where a tile is loaded, so products, convolutions and their gradients are all printed by it. Small ones take an
// invocation for each result, and those with one row or column are loops.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";
import { storesOf } from "../../schedule/access.ts";
import type {
  Accumulator,
  Axis,
  Contract,
  Loop,
  OperandSum,
  Place,
  Scalar,
  ValueId,
} from "../../schedule/kernel.ts";
import { childScope, type Scope } from "../scope.ts";
import { closeBlock, longestSum } from "./accumulators.ts";
import { contiguousAlong, contiguousLast, type MemoryAccess } from "./contiguity.ts";
import type { Printer } from "./expression.ts";
import { printLoop } from "./loop.ts";
import { valueType } from "./memory.ts";
import { extentOf, openLoops, pointShader, type Shader } from "./points.ts";
import { printTiled } from "./tiled.ts";
import { chooseTile, tiles, type TileName } from "./tiles.ts";

type Places = ReadonlyMap<ValueId, Place>;

/** `forced` is for tests. */
export function printContract(
  printer: Printer,
  kernel: Contract,
  places: Places,
  settings: WebgpuSettings,
  forced: TileName | undefined,
): Shader {
  const loop = asLoop(kernel);
  if (loop && !forced) return printLoop(printer, loop, places, settings);
  const turned = turn(kernel, places);
  const shape = {
    batch: extentOf(turned.batch),
    m: extentOf(turned.m),
    n: extentOf(turned.n),
    k: extentOf(turned.k),
  };
  const tile = forced ?? chooseTile(shape, settings);
  if (tile && shape.batch * shape.m * shape.n > 0) {
    return printTiled(printer, turned, places, tiles[tile], settings);
  }
  const axes = [...turned.batch, ...turned.m, ...turned.n];
  return pointShader(axes, settings, (point) => printPoint(printer, turned, point));
}

/** A product of a matrix with one row or one column as a loop over the sum, which invocations can share. */
function asLoop(kernel: Contract): Loop | undefined {
  const { a, b, after, sums, batch, m, n, k } = kernel;
  const single = { a: extentOf(n) === 1, b: extentOf(m) === 1 };
  const type = valueType(a.dtype);
  if (!single.a && !single.b) return undefined;
  if (type === "bool" || valueType(b.dtype) !== type) return undefined;
  // A sum over all rows of the other operand would be made once for each of this one's.
  if (sums.some(({ of }) => !single[of])) return undefined;
  const dtype = type === "i32" ? "i32" : "f32";
  const product: Scalar = { kind: "apply", op: "mul", args: [a, b], dtype };
  const accumulators: Accumulator[] = [
    { slot: 0, kind: "sum", value: product, dtype },
    ...sums.map(({ of, slot }): Accumulator => ({
      slot,
      kind: "sum",
      value: kernel[of],
      dtype: "f32",
    })),
  ];
  return {
    kind: "loop",
    name: kernel.name,
    origins: kernel.origins,
    parallel: [...batch, ...m, ...n],
    inner: k,
    passes: [{ accumulators, stores: [] }],
    after: [...after, ...sums.flatMap((sum) => sum.after)],
  };
}

/** The same contraction, its operands changed so that neighbouring columns of the results lie next to each other. */
function turn(kernel: Contract, places: Places): Contract {
  const stores: MemoryAccess[] = storesOf({ ...kernel, sums: [] }).map(({ to, at }) => ({
    value: to,
    at,
  }));
  const m = contiguousLast(kernel.m, stores, places);
  const n = contiguousLast(kernel.n, stores, places);
  const along = (axis: Axis | undefined): number =>
    axis && axis.extent > 1 ? contiguousAlong(axis, stores, places) : 0;
  if (along(m.at(-1)) <= along(n.at(-1))) return { ...kernel, m, n };
  const sums = kernel.sums.map((sum): OperandSum => ({ ...sum, of: sum.of === "a" ? "b" : "a" }));
  return { ...kernel, m: n, n: m, a: kernel.b, b: kernel.a, sums };
}

/** One result. */
function printPoint(printer: Printer, kernel: Contract, scope: Scope): void {
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
