// A program's steps carried out one by one in JavaScript, with a look at what every kernel does.

import type { KernelInfo, NumericsCheck, Program, Step, Watchers } from "../artifact.ts";
import { viewOf } from "./tensors.ts";

/** Called with the counter of the plan's loop that it stands in, 0 outside. */
export type KernelFunction = (t: number) => void;

interface Running {
  readonly program: Program;
  readonly kernels: readonly KernelFunction[];
  /** The session's address space. */
  readonly bytes: Uint8Array;
  readonly watchers: Watchers;
}

export function runSteps(running: Running): void {
  walk(running, running.program.steps, 0);
}

function walk(running: Running, steps: readonly Step[], t: number): void {
  for (const step of steps) {
    switch (step.kind) {
      case "kernel":
        runKernel(running, step.kernel, t);
        break;
      case "copy":
        running.bytes.copyWithin(step.to, step.from, step.from + step.bytes);
        break;
      case "fill":
        running.bytes.fill(0, step.at, step.at + step.bytes);
        break;
      case "loop":
        for (let i = 0; i < step.count; i++) {
          walk(running, step.body, step.reverse ? step.count - 1 - i : i);
        }
        break;
      default:
        step satisfies never;
    }
  }
}

function runKernel({ program, kernels, bytes, watchers }: Running, index: number, t: number): void {
  const { check, watch } = watchers;
  const start = watch ? performance.now() : 0;
  kernels[index]?.(t);
  const info = program.kernels[index];
  if (!info) return;
  if (watch) watch(info, index, start, performance.now());
  if (check) checkWrites(info, bytes, check);
}

function checkWrites(kernel: KernelInfo, bytes: Uint8Array, check: NumericsCheck): void {
  for (const tensor of kernel.writes) {
    if (tensor.dtype !== "f32") continue;
    const view = viewOf(bytes.buffer, tensor, bytes.byteOffset);
    const bad = view.findIndex((value: number) => !Number.isFinite(value));
    if (bad >= 0) check(kernel, tensor, bad, Number(view[bad]));
  }
}
