// A program's steps as a flat list of commands, made once when it is loaded: loops over time are unrolled here, and what
// a kernel reads of their counters becomes an offset into one buffer.

import type { Step, WebgpuKernel } from "../../artifact.ts";

export type GpuCommand =
  | {
      readonly kind: "kernel";
      readonly kernel: number;
      /** Byte in the buffer of counters. */
      readonly counters: number | undefined;
    }
  | { readonly kind: "copy"; readonly from: number; readonly to: number; readonly bytes: number }
  | { readonly kind: "fill"; readonly at: number; readonly bytes: number };

/** Distance of two entries in the buffer of counters: what a dynamic offset must be a multiple of. */
export const counterBytes = 256;

/** Loops that can stand in each other. */
const mostLoops = 4;

export interface CommandList {
  readonly commands: readonly GpuCommand[];
  /** Contents of the buffer of counters, in words. */
  readonly counters: Int32Array<ArrayBuffer>;
}

export function listCommands(
  steps: readonly Step[],
  kernels: readonly WebgpuKernel[],
): CommandList {
  const commands: GpuCommand[] = [];
  const slots = new Map<string, number>();
  const words: number[] = [];

  /** The entry with these counters, innermost first. */
  function slotOf(around: readonly number[]): number {
    const key = around.join();
    const known = slots.get(key);
    if (known !== undefined) return known;
    const slot = slots.size * counterBytes;
    slots.set(key, slot);
    const entry = Array.from({ length: counterBytes / 4 }, (_, i) => around[i] ?? 0);
    words.push(...entry);
    return slot;
  }

  function walk(list: readonly Step[], around: readonly number[]): void {
    for (const step of list) {
      if (step.kind === "loop") {
        if (around.length === mostLoops) throw new Error("loops stand too deep in each other");
        for (let i = 0; i < step.count; i++) {
          walk(step.body, [step.reverse ? step.count - 1 - i : i, ...around]);
        }
      } else if (step.kind === "kernel") {
        const kernel = kernels[step.kernel];
        if (!kernel || kernel.workgroups.includes(0)) continue;
        const counters = kernel.counters ? slotOf(around) : undefined;
        commands.push({ kind: "kernel", kernel: step.kernel, counters });
      } else if (step.bytes > 0) commands.push(step);
    }
  }
  walk(steps, []);
  return { commands, counters: Int32Array.from(words) };
}
