// `loop` kernels: nested loops with the lanes innermost among their kind, threads over the outer points. A point is
// computed in the same way whatever thread takes it.

import type { Axis, Loop, Pass, Store } from "../../schedule/kernel.ts";
import {
  accumulate,
  addPart,
  joinFour,
  joinLanes,
  startAccumulator,
  type Running,
} from "./accumulators.ts";
import { eachVector, eachVectorOfShare, extentOf, openAxes, openShare, vectorsOf } from "./axes.ts";
import { boundTo, childBlock, lanesAlong, lanesOf, openCounter, type Block } from "./block.ts";
import type { Printer } from "./expression.ts";
import { fourAxis, fourSums } from "./fours.ts";
import { add, apply, i32, times } from "./ir.ts";
import { shareOf, type Threads } from "./threads.ts";

/** Longest sum in one accumulator; more are added in blocks, so that small ones do not get lost. */
const longestSum = 256;

/** So many shares at least, if there are, so that threads get about the same. */
const fewestShares = 64;

export function printLoop(
  printer: Printer,
  root: Block,
  kernel: Loop,
  lanes: Axis | undefined,
  threads: Threads,
): void {
  const four = fourAxis(kernel, lanes);
  if (four && lanes) {
    printFours(printer, root, kernel, { four, lanes, threads });
    return;
  }
  const parallel = kernel.parallel.filter((axis) => axis !== lanes);
  const isParallel = lanes !== undefined && kernel.parallel.includes(lanes);
  if (isParallel && parallel.length === 0) {
    const share = shareOf(root, threads, vectorsOf(lanes));
    eachVectorOfShare(root, lanes, share, (point) => printPoint(printer, point, kernel, undefined));
    return;
  }
  let outer = 1;
  while (outer < parallel.length && extentOf(parallel.slice(0, outer)) < fewestShares) outer += 1;
  const shared = threads.most === 1 ? parallel.slice(0, 1) : parallel.slice(0, outer);
  const share = shareOf(root, threads, extentOf(shared));
  const point = openAxes(openShare(root, shared, share), parallel.slice(shared.length));
  if (isParallel) {
    eachVector(point, lanes, (inner) => printPoint(printer, inner, kernel, undefined));
  } else printPoint(printer, point, kernel, lanes);
}

/** Four sums at a time along `four`, the innermost of the outer axes, with the lanes along what is summed. */
function printFours(
  printer: Printer,
  root: Block,
  kernel: Loop,
  {
    four,
    lanes,
    threads,
  }: { readonly four: Axis; readonly lanes: Axis; readonly threads: Threads },
): void {
  const outer = kernel.parallel.slice(0, -1);
  const [first, ...others] = outer;
  const share = shareOf(root, threads, first ? first.extent : four.extent / 4);
  const around = first ? openAxes(openCounter(root, first.name, share), others) : root;
  const range = first
    ? { from: i32(0), to: i32(four.extent) }
    : { from: times(share.from, 4), to: times(share.to, 4), maybeEmpty: share.maybeEmpty };
  const point = openCounter(around, four.name, { ...range, step: 4 });
  let block = point;
  for (const { accumulators } of kernel.passes) {
    const fours = fourSums(accumulators, four);
    const running = fours.map((acc) => startAccumulator(block, acc, true));
    const segment = childBlock(block);
    block.rest.push(segment);
    printPass(printer, segment, kernel.inner, lanes, { accumulators: fours, stores: [] }, running);
    const after = childBlock(block, { brings: accumulators.map(({ slot }) => `acc:${slot}`) });
    block.rest.push(after);
    accumulators.forEach(({ slot }, i) => {
      const own = running.slice(4 * i, 4 * i + 4).map(({ value }) => value);
      after.locals.set(`acc:${slot}`, { lanes: true, expr: joinFour(after, own) });
    });
    block = after;
  }
  const after = childBlock(block, {
    bindings: { [four.name]: boundTo(point, four.name) },
    lanes: lanesAlong(four.name),
  });
  block.rest.push(after);
  printStores(printer, after, kernel.after);
}

/** All passes of one point (or of the points of the lanes), then what is stored after them. */
function printPoint(
  printer: Printer,
  point: Block,
  kernel: Loop,
  innerLanes: Axis | undefined,
): void {
  const outerLanes = lanesOf(point) !== undefined;
  let block = point;
  for (const pass of kernel.passes) {
    const wide = outerLanes || innerLanes !== undefined;
    const running = pass.accumulators.map((acc) => startAccumulator(block, acc, wide));
    const segment = childBlock(block);
    block.rest.push(segment);
    printPass(printer, segment, kernel.inner, innerLanes, pass, running);
    // What follows may use this pass's accumulators, so it must not be hoisted before the pass.
    const brings = running.map(({ acc }) => `acc:${acc.slot}`);
    const after = childBlock(block, { brings });
    block.rest.push(after);
    running.forEach((each, i) => {
      const expr = innerLanes ? joinLanes(after, each) : each.value;
      after.locals.set(brings[i], { lanes: outerLanes, expr });
    });
    block = after;
  }
  printStores(printer, block, kernel.after);
}

/** Stores of one point: all values before the first store, for updates in place read what they overwrite. */
export function printStores(printer: Printer, block: Block, stores: readonly Store[]): void {
  const values = stores.map((store) => printer.value(block, store.value));
  stores.forEach((store, i) => {
    const value = values[i];
    if (value) printer.store(block, store.to, store.at, value, store.value.dtype);
  });
}

function printPass(
  printer: Printer,
  block: Block,
  inner: readonly Axis[],
  lanes: Axis | undefined,
  pass: Pass,
  running: readonly Running[],
): void {
  const body = (at: Block, targets: readonly Running[]): void => {
    for (const each of targets) accumulate(printer, at, each, lanes !== undefined);
    if (pass.stores.length === 0) return;
    const stores = childBlock(at);
    at.rest.push(stores);
    printStores(printer, stores, pass.stores);
  };
  const others = inner.filter((axis) => axis !== lanes);
  const last = lanes ?? others.at(-1);
  if (!last) {
    body(block, running);
    return;
  }
  const around = openAxes(block, lanes ? others : others.slice(0, -1));
  const steps = lanes ? vectorsOf(last) : last.extent;
  const sums = running.filter(({ acc }) => acc.kind === "sum" && acc.dtype === "f32");
  const total = steps * extentOf(lanes ? others : others.slice(0, -1));
  const blocked = sums.length > 0 && total > longestSum;
  if (!blocked) {
    if (lanes) eachVector(around, lanes, (at) => body(at, running));
    else body(openAxes(around, [last]), running);
    return;
  }
  /** Adds up a run of the last axis in parts of their own, then adds these. */
  const inParts = (
    at: Block,
    print: (targets: readonly Running[], segment: Block) => void,
  ): void => {
    const parts = running.map((each) =>
      sums.includes(each) ? startAccumulator(at, each.acc, each.wide) : each,
    );
    const segment = childBlock(at);
    at.rest.push(segment);
    print(parts, segment);
    running.forEach((each, i) => {
      const part = parts[i];
      if (part && part !== each) addPart(at, each, part);
    });
  };
  const width = lanes ? 4 : 1;
  const full = lanes ? last.extent - (last.extent % 4) : last.extent;
  if (steps <= longestSum) {
    inParts(around, (parts, segment) => {
      if (lanes) eachVector(segment, lanes, (at) => body(at, parts));
      else body(openAxes(segment, [last]), parts);
    });
    return;
  }
  const run = longestSum * width;
  const chunk = openCounter(around, "chunk", { from: i32(0), to: i32(full), step: run });
  const from = boundTo(chunk, "chunk");
  inParts(chunk, (parts, segment) => {
    const end = add(from, i32(run));
    const to =
      full % run === 0
        ? end
        : apply("select", [end, i32(full), apply("i32.lt_s", [end, i32(full)])]);
    const options = lanes ? { lanes: lanesAlong(last.name) } : {};
    body(openCounter(segment, last.name, { from, to, step: width }, options), parts);
  });
  if (full < last.extent && lanes) {
    const tail = childBlock(around, {
      bindings: { [last.name]: i32(full) },
      lanes: lanesAlong(last.name, last.extent % 4),
    });
    around.rest.push(tail);
    body(tail, running);
  }
}
