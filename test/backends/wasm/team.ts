// Programs made by hand for the wasm device, and sessions to run them.

import { checkOthers, createBarrier } from "../../../compiler/backends/wasm/barrier.ts";
import { encodeModule } from "../../../compiler/backends/wasm/encode.ts";
import {
  add,
  get,
  i32,
  local,
  set,
  type Expr,
  type Func,
  type Local,
  type Statement,
} from "../../../compiler/backends/wasm/ir.ts";
import { runSteps, type KernelFunction } from "../../../compiler/backends/wasm/steps.ts";
import type { Named, Program, Step } from "../../../runtime/artifact.ts";
import { pagesFor } from "../../../runtime/devices/wasm/layout.ts";

export interface KernelScope {
  readonly thread: Local;
  readonly threads: Local;
  readonly t: Local;
  readonly meet: Statement;
}

export interface ProgramParts {
  readonly name?: string;
  readonly threads: number;
  readonly base?: number;
  readonly arenaBytes: number;
  readonly inputs?: readonly Named[];
  readonly outputs?: readonly Named[];
  readonly steps: readonly Step[];
  /** Bodies of kernels, and whether all threads take part. */
  readonly kernels: readonly {
    readonly parallel: boolean;
    readonly writes?: readonly Named[];
    readonly body: (scope: KernelScope) => readonly Statement[];
  }[];
}

export function programOf(parts: ProgramParts): Program {
  const { threads, base = 0, arenaBytes, steps } = parts;
  const barrier = createBarrier();
  const kernels = parts.kernels.map(({ parallel, body }, i): KernelFunction => {
    const params = [local("i32", "thread"), local("i32", "threads"), local("i32", "t")] as const;
    const [thread, count, t] = params;
    const meet: Statement = { kind: "run", to: barrier, args: [get(count)] };
    const name = `k${i}`;
    return {
      to: { name, exported: name, params, body: body({ thread, threads: count, t, meet }) },
      parallel,
    };
  });
  const functions: Func[] = [
    ...(threads > 1 ? [checkOthers, barrier] : []),
    ...kernels.map(({ to }) => to),
    runSteps(steps, kernels, barrier, threads),
  ];
  const shared = threads > 1;
  const memory = { minimumPages: pagesFor(base + arenaBytes), maximumPages: 65536, shared };
  return {
    name: parts.name ?? "test",
    inputs: parts.inputs ?? [],
    outputs: parts.outputs ?? [],
    arenaBytes,
    base,
    scratchBytes: 0,
    kernels: parts.kernels.map(({ writes = [] }, i) => ({
      name: `kernel ${i}`,
      kind: "loop",
      origins: [],
      flops: 0,
      bytesRead: 0,
      bytesWritten: 0,
      writes,
    })),
    steps,
    code: {
      target: "wasm",
      module: encodeModule({ memory, functions }),
      threads,
      shared,
      relaxed: false,
      kernels: kernels.length,
    },
  };
}

/** Runs a body so many times. */
export function repeat(
  count: Expr,
  body: (i: Local) => readonly Statement[],
): readonly Statement[] {
  const i = local("i32", "i");
  return [
    set(i, i32(0)),
    {
      kind: "if",
      test: count,
      then: [
        {
          kind: "loop",
          body: [...body(i), set(i, add(get(i), i32(1)))],
          again: { kind: "apply", type: "i32", op: "i32.lt_u", args: [get(i), count] },
        },
      ],
    },
  ];
}

/** A tensor of i32 at a byte offset. */
export function words(name: string, offset: number, length: number): Named {
  return { name, dtype: "i32", shape: [length], offset };
}

export function floats(name: string, offset: number, length: number): Named {
  return { name, dtype: "f32", shape: [length], offset };
}

/** Every kernel once, in order. */
export function inOrder(count: number): Step[] {
  return Array.from({ length: count }, (_, kernel) => ({ kind: "kernel", kernel }));
}
