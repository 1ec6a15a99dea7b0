// Bringing results back. Small ones – losses, metrics – are copied by the step's own commands, so that reading them
// later disturbs no step that follows.

import type { Named } from "../../artifact.ts";
import { elementBytes, sizeOf, type TypedArray } from "../../types.ts";
import { viewOf } from "../tensors.ts";
import type { Health } from "./health.ts";
import { mapRead, roundUp, usage, type GpuMemory } from "./memory.ts";

/** Most bytes of a result that comes with every step. */
const mostSmall = 256;

export interface SmallResults {
  /** Copies them at the end of a run. */
  collect(encoder: GPUCommandEncoder): void;
  /** One of the last run; undefined if it is none of the small ones. */
  read(output: string): Promise<TypedArray> | undefined;
  destroy(): void;
}

export interface Reader {
  /** A tensor as it is after everything submitted so far. */
  readonly read: (tensor: Named) => Promise<TypedArray>;
  small(outputs: readonly Named[]): SmallResults;
}

export function createReader(device: GPUDevice, memory: GpuMemory, health: Health): Reader {
  function newBuffer(size: number): GPUBuffer {
    return device.createBuffer({
      label: "results",
      size,
      usage: usage.mapRead | usage.copyTarget,
    });
  }

  async function contents(buffer: GPUBuffer): Promise<ArrayBuffer> {
    try {
      await buffer.mapAsync(mapRead);
    } catch (thrown) {
      // Why the device ended is told a moment later.
      await Promise.resolve();
      throw health.explain(thrown);
    }
    health.check();
    const bytes = buffer.getMappedRange().slice(0);
    buffer.unmap();
    return bytes;
  }

  async function read(tensor: Named): Promise<TypedArray> {
    const size = Math.max(4, roundUp(bytesOf(tensor)));
    const buffer = newBuffer(size);
    const encoder = device.createCommandEncoder();
    const from = memory.at(tensor.offset);
    encoder.copyBufferToBuffer(from.buffer, from.offset, buffer, 0, size);
    device.queue.submit([encoder.finish()]);
    try {
      return viewOf(await contents(buffer), { ...tensor, offset: 0 });
    } finally {
      buffer.destroy();
    }
  }

  function small(outputs: readonly Named[]): SmallResults {
    let size = 0;
    const places = new Map<string, Named>();
    const copies: { readonly from: number; readonly to: number; readonly bytes: number }[] = [];
    for (const tensor of outputs) {
      const bytes = roundUp(bytesOf(tensor));
      if (bytes === 0 || bytes > mostSmall) continue;
      places.set(tensor.name, { ...tensor, offset: size });
      copies.push({ from: tensor.offset, to: size, bytes });
      size += bytes;
    }
    const free: GPUBuffer[] = [];
    const all: GPUBuffer[] = [];
    let latest: { readonly buffer: GPUBuffer; bytes?: Promise<ArrayBuffer> } | undefined;

    async function take(buffer: GPUBuffer): Promise<ArrayBuffer> {
      const bytes = await contents(buffer);
      free.push(buffer);
      return bytes;
    }

    return {
      collect(encoder) {
        if (size === 0) return;
        if (latest && !latest.bytes) free.push(latest.buffer);
        const buffer = free.pop() ?? newBuffer(size);
        if (!all.includes(buffer)) all.push(buffer);
        for (const { from, to, bytes } of copies) {
          const piece = memory.at(from);
          encoder.copyBufferToBuffer(piece.buffer, piece.offset, buffer, to, bytes);
        }
        latest = { buffer };
      },
      read(output) {
        const tensor = places.get(output);
        if (!tensor || !latest) return undefined;
        const bytes = (latest.bytes ??= take(latest.buffer));
        return bytes.then((found) => viewOf(found, tensor).slice());
      },
      destroy() {
        for (const buffer of all) buffer.destroy();
      },
    };
  }

  return { read, small };
}

function bytesOf(tensor: Named): number {
  return sizeOf(tensor.shape) * elementBytes[tensor.dtype];
}
