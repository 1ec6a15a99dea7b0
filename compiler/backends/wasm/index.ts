// A plan as one WebAssembly module: a function a kernel, with the source place above each in the listing, and `run`,
// which goes through the plan's steps. Threads run the same functions and meet at barriers.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { formatSpan } from "../../../grammar/source.ts";
import type { Code, WasmSettings } from "../../../runtime/artifact.ts";
import { origin, pagesFor } from "../../../runtime/devices/wasm/layout.ts";
import type {
  Contract,
  ContractLayout,
  Kernel,
  LayOutContract,
  Plan,
  Repeated,
} from "../../schedule/kernel.ts";
import { stepAxis } from "../../schedule/elements.ts";
import { axesOfKernel, rootsOf, storesOf } from "../../schedule/access.ts";
import { extentOf } from "./axes.ts";
import { childBlock, rootBlock, statementsOf } from "./block.ts";
import { chooseLanes, pointCost } from "./choose-lanes.ts";
import { printContract, type ContractOptions } from "./contract.ts";
import { layOutContraction, type ContractionLayout } from "./contraction-layout.ts";
import { encodeModule } from "./encode.ts";
import { createPrinter } from "./expression.ts";
import { fewRowsOf, fewRowsValue, type FewRows } from "./few-rows.ts";
import { flattenKernel } from "./flatten.ts";
import { apply, get, i32, local, type Expr, type Func, type Module } from "./ir.ts";
import { printLoop } from "./loop.ts";
import { printModule } from "./print.ts";
import { printScatter } from "./scatter.ts";
import { checkOthers, createBarrier, runSteps, type KernelFunction } from "./steps.ts";

/** 4 GiB: what addresses of 32 bits reach. */
const mostPages = 65536;

/** Cost from which a kernel is worth waking other threads for, in vector instructions: some microseconds. */
const worthSharing = 20_000;

export function emitWasm(plan: Plan, options: WasmSettings): Code {
  const { shared, relaxed } = options;
  const common = { target: "wasm", shared, relaxed, kernels: plan.kernels.length } as const;
  // Addresses end at 4 GiB. No device loads a program that needs more, so there is nothing to write.
  const isTooLarge = pagesFor(plan.base + plan.arenaBytes) > mostPages;
  if (isTooLarge) return { ...common, module: new Uint8Array(0), threads: 1 };
  const { module, threads } = buildModule(plan, options);
  return { ...common, module: encodeModule(module), threads };
}

/** The listing: WebAssembly's text format. */
export function emitWat(plan: Plan, options: WasmSettings): string {
  return printModule(buildModule(plan, options).module);
}

/** How contractions are laid out in WebAssembly. */
export function layOutInWasm(settings: WasmSettings): LayOutContract {
  return (kernel, places, repeated) => layOutFor(kernel, places, settings, repeated);
}

function layOutFor(
  kernel: Contract,
  places: Plan["places"],
  settings: WasmSettings,
  repeated: Repeated | undefined,
): ContractionLayout | InPlaceLayout {
  const inPlace = layOutInPlace(kernel, places, settings);
  if (inPlace) return inPlace;
  const isWorth = kernelCost(places, kernel) >= (settings.shareFrom ?? worthSharing);
  const { threads, relaxed } = settings;
  return layOutContraction(kernel, places, { threads: isWorth ? threads : 1, relaxed }, repeated);
}

/** A contraction that is no tile of packed panels, but a loop. */
interface InPlaceLayout extends ContractLayout {
  readonly rows: FewRows;
}

function layOutInPlace(
  given: Contract,
  places: Plan["places"],
  { relaxed }: WasmSettings,
): InPlaceLayout | undefined {
  const flat = flattenKernel(given, places);
  // Only asked about indices: nothing is printed here.
  const printer = createPrinter({ places, relaxed, bytes: 0, t: i32(0) });
  const rows = flat.kind === "contract" ? fewRowsOf(printer, places, flat) : undefined;
  if (!rows) return undefined;
  const { loop, scratchBytes } = rows;
  const count = loop.passes.reduce((sum, { accumulators }) => sum + accumulators.length, 0);
  return { rows, scratchBytes, text: `a loop with ${count} sums, the matrix read in place` };
}

/** The plan's layout of a contraction; a plan that was made for another backend gets ours. */
function layoutIn(
  plan: Plan,
  kernel: Contract,
  settings: WasmSettings,
): ContractionLayout | InPlaceLayout {
  const found = plan.layouts.get(kernel);
  if (found && "orientation" in found) return found as ContractionLayout;
  if (found && "rows" in found) return found as InPlaceLayout;
  return layOutFor(kernel, plan.places, settings, undefined);
}

/** The module, and how many threads it gives work to. */
function buildModule(
  plan: Plan,
  options: WasmSettings,
): { readonly module: Module; readonly threads: number } {
  const barrier = createBarrier();
  const kernels = plan.kernels.map((kernel, number) =>
    printKernel(plan, kernel, number, options, barrier),
  );
  const threads = kernels.some(({ parallel }) => parallel) ? options.threads : 1;
  const run = runSteps(plan.steps, kernels, barrier, threads);
  const memory = {
    minimumPages: pagesFor(plan.base + plan.arenaBytes),
    maximumPages: mostPages,
    shared: options.shared,
  };
  const functions = [...kernels.map(({ to }) => to), run];
  return {
    module: { memory, functions: threads > 1 ? [checkOthers, barrier, ...functions] : functions },
    threads,
  };
}

function printKernel(
  plan: Plan,
  kernel: Kernel,
  number: number,
  options: WasmSettings,
  barrier: Func,
): KernelFunction {
  const params = [local("i32", "thread"), local("i32", "threads"), local("i32", "t")] as const;
  const [thread, count, t] = params;
  const isContract = kernel.kind === "contract";
  const found = isContract ? layoutIn(plan, kernel, options) : undefined;
  const layout = found && "orientation" in found ? found : undefined;
  const inPlace = found && "rows" in found ? found.rows : undefined;
  const flat = inPlace?.loop ?? layout?.kernel ?? flattenKernel(kernel, plan.places);
  const isShared =
    hasShares(flat) && kernelCost(plan.places, kernel) >= (options.shareFrom ?? worthSharing);
  const threads = {
    most: layout?.threads ?? (isShared ? options.threads : 1),
    number: get(thread),
    count: get(count),
  };
  const root = rootBlock({ [stepAxis]: get(t) });
  const place = kernel.origins[0] ? commentText(formatSpan(kernel.origins[0].span)) : "";
  root.prelude.push({ kind: "comment", text: `${commentText(kernel.name)}  ${place}` });
  const places = inPlace
    ? new Map([
        ...plan.places,
        [fewRowsValue, { ...inPlace.packed, offset: plan.scratch.offset }] as const,
      ])
    : plan.places;
  const printer = createPrinter({
    places,
    relaxed: options.relaxed,
    bytes: plan.base + plan.arenaBytes,
    t: get(t),
  });
  if (!isEmpty(flat)) {
    switch (flat.kind) {
      case "loop":
        if (inPlace?.pack) {
          const { pack } = inPlace;
          const alone = { most: 1, number: i32(0), count: i32(1) };
          const before = childBlock(root);
          root.rest.push(before);
          printLoop(printer, before, pack, chooseLanes(printer, places, pack), alone);
        }
        printLoop(printer, root, flat, chooseLanes(printer, places, flat), threads);
        break;
      case "contract":
        if (!layout) throw new InternalError("a contraction without a layout");
        printContract(printer, root, layout, {
          threads,
          barrier: () => ({ kind: "run", to: barrier, args: [get(count)] }),
          scratchAddress: origin + plan.scratch.offset,
          ...keptBy(plan, kernel, layout, get(t)),
        });
        break;
      case "scatter":
        printScatter(printer, root, flat, threads);
        break;
      default:
        flat satisfies never;
    }
  }
  const name = `k${number}`;
  return {
    to: { name: `${name}_${kernel.name}`, params, body: statementsOf(root), exported: name },
    parallel: threads.most > 1,
  };
}

/** Where a contraction keeps its own operand over a loop, if it does. */
function keptBy(
  plan: Plan,
  kernel: Kernel,
  { keptFrom }: ContractionLayout,
  t: Expr,
): Pick<ContractOptions, "kept"> {
  const offset = plan.kept?.get(kernel);
  if (offset === undefined || keptFrom === undefined) return {};
  return { kept: { address: origin + offset, isFirst: apply("i32.eq", [t, i32(keptFrom)]) } };
}

/** Whether there are points that threads can share; a sum over everything is one thread's. */
function hasShares(kernel: Kernel): boolean {
  return kernel.kind === "contract" || kernel.parallel.length > 0;
}

/** Nothing to store: an axis of results has no points. */
function isEmpty(kernel: Kernel): boolean {
  const results =
    kernel.kind === "loop"
      ? kernel.parallel
      : kernel.kind === "contract"
        ? [...kernel.batch, ...kernel.m, ...kernel.n]
        : [...kernel.parallel, { name: "row", extent: kernel.rows }];
  return extentOf(results) === 0;
}

function kernelCost(places: Plan["places"], kernel: Kernel): number {
  const points = extentOf(axesOfKernel(kernel));
  if (kernel.kind === "contract") return points / 4;
  if (kernel.kind !== "loop" && kernel.kind !== "scatter")
    throw new InternalError("no such kernel");
  return (points / 4) * pointCost(undefined, places, rootsOf(kernel), storesOf(kernel), undefined);
}

/** Paths and names are the user's: a comment must not be left through a line break. */
function commentText(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._:/<>+|·-]/gu, "?");
}
