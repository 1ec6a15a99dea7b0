// Loops with few parallel points and many inner ones: losses, means, norms, rows of a softmax. Several invocations of a
// workgroup share out the inner points of one parallel point ("stripes"), each with accumulators of its own, which a tree
// in workgroup memory then makes one. All invocations see the same barriers: none returns early, and those without a point
// sweep over nothing.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";
import type { Accumulator, Axis, Loop, Pass, Place, ValueId } from "../../schedule/kernel.ts";
import { childScope, type Scope } from "../scope.ts";
import { isArg, joining, longestSum, winsOver } from "./accumulators.ts";
import { accessesOf, contiguousAlong, contiguousLast, loadsOf } from "./contiguity.ts";
import type { Printer } from "./expression.ts";
import { valueType } from "./memory.ts";
import {
  declareAxes,
  extentOf,
  groupShader,
  namesOf,
  openGuard,
  powerAbove,
  powerBelow,
  type Shader,
} from "./points.ts";
import { afterPass, printSweep } from "./sweep.ts";

export interface Sharing {
  readonly parallel: readonly Axis[];
  readonly inner: readonly Axis[];
  /** Invocations for a point, and points of a workgroup: powers of two. */
  readonly stripes: number;
  readonly points: number;
  /** Which of them neighbouring invocations differ in. */
  readonly fastest: "stripe" | "point";
}

/** Invocations that keep a GPU busy. */
const manyInvocations = 2 ** 16;

/** Of a workgroup on a software adapter, whose compiler takes longer the more there are (0.6 s for 256, 0.05 s for 16). */
const fewInvocations = 16;

/** Inner points from which sharing pays. On a software adapter it never does, but is seen to be right. */
const manyPoints = { "by shape": 32, small: 2048 } as const;

/** Invocations whose neighbouring addresses a GPU reads at once. */
const wave = 32;

/** How the inner points are shared out, if they should be. */
export function chooseSharing(
  kernel: Loop,
  places: ReadonlyMap<ValueId, Place>,
  settings: WebgpuSettings,
): Sharing | undefined {
  const accumulators = kernel.passes.flatMap((pass) => pass.accumulators);
  const points = extentOf(kernel.parallel);
  const count = extentOf(kernel.inner);
  if (accumulators.length === 0 || points === 0 || count < manyPoints[settings.tiles])
    return undefined;
  const words = accumulators.reduce((sum, acc) => sum + (isArg(acc) ? 2 : 1), 0);
  const room = powerBelow(settings.workgroupBytes / (4 * words));
  const usual = settings.tiles === "small" ? fewInvocations : 256;
  const most = Math.min(usual, powerBelow(settings.invocations), room);
  const parallel = contiguousLast(kernel.parallel, accessesOf(kernel), places);
  const inner = contiguousLast(kernel.inner, loadsOf(kernel), places);
  const along = (axis: Axis | undefined): number =>
    axis && axis.extent > 1 ? contiguousAlong(axis, loadsOf(kernel), places) : 0;
  const fastest = along(parallel.at(-1)) > along(inner.at(-1)) ? "point" : "stripe";
  const beside = fastest === "point" ? Math.min(wave / 2, most / 4, powerAbove(points)) : 1;
  const wanted = powerAbove(manyInvocations / points);
  const stripes = Math.min(
    fastest === "stripe" ? Math.max(wanted, wave) : wanted,
    powerBelow(count / 2),
    most / beside,
  );
  if (stripes < 4) return undefined;
  // Positions are told by the flat number of an inner point: in the order of the axes.
  const ordered = accumulators.some(isArg) ? kernel.inner : inner;
  return {
    parallel,
    inner: ordered,
    stripes,
    points: Math.min(most / stripes, powerAbove(points)),
    fastest,
  };
}

export function printShared(
  printer: Printer,
  kernel: Loop,
  sharing: Sharing,
  settings: WebgpuSettings,
): Shader {
  const { parallel, inner, stripes, points, fastest } = sharing;
  const all = extentOf(parallel);
  const size = stripes * points;
  const shared = kernel.passes.flatMap((pass) =>
    pass.accumulators.flatMap((acc) => declareShared(acc, size)),
  );
  return groupShader(Math.ceil(all / points), size, shared, settings, (root) => {
    const [own, stripe] =
      fastest === "stripe"
        ? [`lane / ${stripes}`, `lane % ${stripes}`]
        : [`lane % ${points}`, `lane / ${points}`];
    root.rest.push(`let stripe = ${points === 1 ? "lane" : stripe};`);
    root.rest.push(`let point = ${points === 1 ? "group" : `group * ${points} + ${own}`};`);
    // The last workgroup may have fewer points: its other invocations stay for the barriers.
    const whole = all % points === 0;
    if (!whole) root.rest.push(`let live = point < ${all};`);
    const end = whole ? String(extentOf(inner)) : `select(0, ${extentOf(inner)}, live)`;
    const first = childScope(root, namesOf(parallel));
    root.rest.push(first);
    declareAxes(first, parallel, whole ? "point" : `min(point, ${all - 1})`);
    let scope = first;
    kernel.passes.forEach((pass, number) => {
      printSweep(printer, scope, pass, number, {
        blocked: Math.ceil(extentOf(inner) / stripes) > longestSum,
        open: (segment) => openStripe(segment, inner, end, stripes),
        flat: "at",
      });
      printTree(printer, scope, pass, sharing);
      scope = afterPass(scope, pass);
    });
    if (kernel.after.length === 0) return;
    // What is stored may lie where others still read.
    if (kernel.passes.at(-1)?.accumulators.length === 0) scope.rest.push("storageBarrier();");
    const test = whole ? "stripe == 0" : "stripe == 0 && live";
    printer.stores(openGuard(scope, test, []), kernel.after);
  });
}

/** The loop over the inner points of a stripe; `at` is their flat number. */
function openStripe(segment: Scope, inner: readonly Axis[], end: string, stripes: number): Scope {
  segment.rest.push(`for (var at = stripe; at < ${end}; at += ${stripes}) {`);
  const body = childScope(segment, namesOf(inner));
  segment.rest.push(body, "}");
  declareAxes(body, inner, "at");
  return body;
}

function declareShared(acc: Accumulator, size: number): string[] {
  const declare = (name: string, type: string): string =>
    `var<workgroup> ${name}${acc.slot}: array<${type}, ${size}>;`;
  return isArg(acc)
    ? [declare("all", "i32"), declare("bests", valueType(acc.value.dtype))]
    : [declare("all", valueType(acc.dtype))];
}

/** Makes the accumulators of all stripes of a point one, which all of them then know. */
function printTree(
  printer: Printer,
  scope: Scope,
  { accumulators }: Pass,
  { inner, stripes, points, fastest }: Sharing,
): void {
  if (accumulators.length === 0) return;
  const pitch = fastest === "stripe" ? 1 : points;
  for (const acc of accumulators) {
    scope.rest.push(`all${acc.slot}[lane] = acc${acc.slot};`);
    if (isArg(acc)) scope.rest.push(`bests${acc.slot}[lane] = best${acc.slot};`);
  }
  scope.rest.push(
    "workgroupBarrier();",
    `for (var reach = ${stripes / 2}; reach > 0; reach /= 2) {`,
    "  if (stripe < reach) {",
    `    let other = lane + reach${pitch === 1 ? "" : ` * ${pitch}`};`,
    ...accumulators.flatMap((acc) => joinHalves(printer, acc).map((line) => `    ${line}`)),
    "  }",
    "  workgroupBarrier();",
    "}",
  );
  const total = pitch === 1 ? "lane - stripe" : `lane % ${points}`;
  for (const acc of accumulators) {
    const found = `all${acc.slot}[${total}]`;
    scope.rest.push(isArg(acc) ? `let found${acc.slot} = ${found};` : `acc${acc.slot} = ${found};`);
    if (!isArg(acc)) continue;
    // The winner's own position, of the number of its point.
    scope.rest.push("{");
    const winner = childScope(scope, namesOf(inner));
    scope.rest.push(winner, "}");
    declareAxes(winner, inner, `found${acc.slot}`);
    const position = acc.position ? printer.index(winner, acc.position) : "0";
    winner.rest.push(`acc${acc.slot} = ${position};`);
  }
}

function joinHalves(printer: Printer, acc: Accumulator): string[] {
  const all = `all${acc.slot}`;
  if (!isArg(acc)) {
    const value = `value${acc.slot}`;
    return [`let ${value} = ${all}[other];`, joining(printer, acc, `${all}[lane]`, value)];
  }
  const bests = `bests${acc.slot}`;
  const test = winsOver(
    printer,
    acc,
    { value: `${bests}[other]`, at: `${all}[other]` },
    { value: `${bests}[lane]`, at: `${all}[lane]` },
  );
  return [
    `if (${test}) {`,
    `  ${bests}[lane] = ${bests}[other];`,
    `  ${all}[lane] = ${all}[other];`,
    "}",
  ];
}
