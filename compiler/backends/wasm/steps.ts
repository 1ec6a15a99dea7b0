// The function `run`: a plan's steps in order, with a barrier wherever threads would get in each other's way.

import type { Step } from "../../../runtime/artifact.ts";
import { origin } from "../../../runtime/devices/wasm/layout.ts";
import { add, apply, get, i32, local, set, times } from "./ir.ts";
import type { Expr, Func, Local, Statement } from "./ir.ts";

export { checkOthers, createBarrier } from "./barrier.ts";

/** A kernel as a function (thread, threads, t). One that is not `parallel` is run by thread 0 alone. */
export interface KernelFunction {
  readonly to: Func;
  readonly parallel: boolean;
}

/** Bytes from which copying and filling is shared out among threads. */
const worthSharing = 1 << 18;

/** What happened since all threads met last, on the way to a step: nothing, work of thread 0 alone, work of all.
 *  In this order a later one asks for more barriers. */
type State = "met" | "one" | "all";
const states: readonly State[] = ["met", "one", "all"];

interface Scope {
  readonly kernels: readonly KernelFunction[];
  readonly thread: Local;
  readonly threads: Local;
  readonly meet: Statement;
  /** Whether there may be more than one thread. */
  readonly many: boolean;
  /** Counter of the innermost loop. */
  readonly t: Expr;
}

/** `run(thread, threads)`; all is done when it returns on thread 0. `threads` is the largest number that may run it;
 *  with 1 there is no barrier in it. */
export function runSteps(
  steps: readonly Step[],
  kernels: readonly KernelFunction[],
  barrier: Func,
  threads: number,
): Func {
  const thread = local("i32", "thread");
  const count = local("i32", "threads");
  const scope: Scope = {
    kernels,
    thread,
    threads: count,
    meet: { kind: "run", to: barrier, args: [get(count)] },
    many: threads > 1,
    t: i32(0),
  };
  const { body } = printSteps(scope, steps, "met");
  return {
    name: "run",
    exported: "run",
    params: [thread, count],
    body: scope.many ? [...body, scope.meet] : body,
  };
}

interface Printed {
  readonly body: readonly Statement[];
  readonly state: State;
}

function printSteps(scope: Scope, steps: readonly Step[], before: State): Printed {
  const body: Statement[] = [];
  let state = before;
  for (let i = 0; i < steps.length;) {
    const end = endOfRun(scope, steps, i);
    if (scope.many && end > i) {
      // Steps that thread 0 takes alone, one after the other.
      if (state === "all") body.push(scope.meet);
      const test = apply("i32.eqz", [get(scope.thread)]);
      const alone = { ...scope, many: false };
      body.push({ kind: "if", test, then: printSteps(alone, steps.slice(i, end), "met").body });
      state = "one";
      i = end;
      continue;
    }
    const step = steps[i++];
    if (!step) break;
    if (step.kind === "loop") {
      const loop = printLoop(scope, step, state);
      body.push(...loop.body);
      state = loop.state;
      continue;
    }
    if (scope.many && state !== "met") body.push(scope.meet);
    body.push(...printStep(scope, step));
    state = "all";
  }
  return { body, state };
}

/** Where a run of steps that begins at `from` and is thread 0's alone ends. */
function endOfRun(scope: Scope, steps: readonly Step[], from: number): number {
  const end = steps.findIndex((step, i) => i >= from && !isAlone(scope, step));
  return end < 0 ? steps.length : end;
}

function isAlone(scope: Scope, step: Step): boolean {
  switch (step.kind) {
    case "kernel":
      return !scope.kernels[step.kernel]?.parallel;
    case "copy":
      return step.bytes < worthSharing || overlap(step.from, step.to, step.bytes);
    case "fill":
      return step.bytes < worthSharing;
    case "loop":
      return step.body.every((each) => isAlone(scope, each));
    default:
      return step satisfies never;
  }
}

function overlap(a: number, b: number, bytes: number): boolean {
  return Math.abs(a - b) < bytes;
}

/** A loop is also reached from its own end; what that asks for at its beginning is found by trying. */
function printLoop(scope: Scope, step: Extract<Step, { kind: "loop" }>, before: State): Printed {
  if (step.count === 0) return { body: [], state: before };
  const counter = local("i32", "i");
  const t = step.reverse ? apply("i32.sub", [i32(step.count - 1), get(counter)]) : get(counter);
  let entry = before;
  let printed = printSteps({ ...scope, t }, step.body, entry);
  while (states.indexOf(printed.state) > states.indexOf(entry)) {
    entry = printed.state;
    printed = printSteps({ ...scope, t }, step.body, entry);
  }
  const next = set(counter, add(get(counter), i32(1)));
  const again = apply("i32.lt_u", [get(counter), i32(step.count)]);
  return {
    body: [set(counter, i32(0)), { kind: "loop", body: [...printed.body, next], again }],
    state: printed.state,
  };
}

/** A kernel, copy or fill, by this thread alone or by all. */
function printStep(scope: Scope, step: Exclude<Step, { kind: "loop" }>): readonly Statement[] {
  if (step.kind === "kernel") {
    const kernel = scope.kernels[step.kernel];
    if (!kernel) return [];
    const who = scope.many ? [get(scope.thread), get(scope.threads)] : [i32(0), i32(1)];
    return [{ kind: "run", to: kernel.to, args: [...who, scope.t] }];
  }
  const { first, share } = partOf(scope, step.bytes);
  const at = (offset: number): Expr => add(i32(origin + offset), first);
  if (step.kind === "fill") return [{ kind: "fill", at: at(step.at), byte: i32(0), bytes: share }];
  return [{ kind: "copy", to: at(step.to), from: at(step.from), bytes: share }];
}

/** This thread's part of a count of bytes: whole cache lines, the last part shorter or empty. */
function partOf(scope: Scope, bytes: number): { readonly first: Expr; readonly share: Expr } {
  if (!scope.many) return { first: i32(0), share: i32(bytes) };
  const lines = Math.ceil(bytes / 64);
  const bound = (number: Expr): Expr => {
    const line = apply("i32.div_u", [times(number, lines), get(scope.threads)]);
    const byte = times(line, 64);
    const beyond = apply("i32.gt_u", [byte, i32(bytes)]);
    return apply("select", [i32(bytes), byte, beyond]);
  };
  const first = bound(get(scope.thread));
  const end = bound(add(get(scope.thread), i32(1)));
  return { first, share: apply("i32.sub", [end, first]) };
}
