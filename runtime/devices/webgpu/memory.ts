// The one memory of a session on a GPU: buffers of `segmentBytes`, the last one as large as it needs to be.

import { DeviceRefusal } from "../../errors.ts";

/** Numbers of the specification's GPUBufferUsage and GPUMapMode: Node has no such globals. */
export const usage = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  uniform: 64,
  storage: 128,
  queryResolve: 512,
} as const;
export const mapRead = 1;

/** Bytes as copies and bindings need them. */
export function roundUp(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

export interface Piece {
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

export class GpuMemory {
  /** Segments in their order; replaced by larger ones when the memory grows. */
  buffers: readonly GPUBuffer[] = [];
  private readonly device: GPUDevice;
  private readonly segmentBytes: number;

  constructor(device: GPUDevice, segmentBytes: number) {
    this.device = device;
    this.segmentBytes = segmentBytes;
  }

  /** Where the bytes from `offset` on lie. */
  at(offset: number): Piece {
    const buffer = this.buffers[Math.floor(offset / this.segmentBytes)];
    if (!buffer) throw new Error(`byte ${offset} lies beyond the memory`);
    return { buffer, offset: offset % this.segmentBytes };
  }

  /** Makes room for so many bytes and keeps the first `kept`; whether anything changed. */
  async grow(bytes: number, kept: number): Promise<boolean> {
    const count = Math.max(1, Math.ceil(bytes / this.segmentBytes));
    const sizes = Array.from({ length: count }, (_, i) =>
      Math.min(
        this.segmentBytes,
        Math.ceil(Math.max(256, bytes - i * this.segmentBytes) / 256) * 256,
      ),
    );
    if (sizes.every((size, i) => size <= (this.buffers[i]?.size ?? 0))) return false;
    this.device.pushErrorScope("out-of-memory");
    const old = this.buffers;
    const encoder = this.device.createCommandEncoder();
    const replaced: GPUBuffer[] = [];
    const added: GPUBuffer[] = [];
    const next = sizes.map((size, i) => {
      const before = old[i];
      if (before && before.size >= size) return before;
      const buffer = this.device.createBuffer({
        label: `memory ${i}`,
        size,
        usage: usage.storage | usage.copySource | usage.copyTarget,
      });
      added.push(buffer);
      if (before) {
        const wanted = Math.min(before.size, Math.max(0, kept - i * this.segmentBytes));
        if (wanted > 0) encoder.copyBufferToBuffer(before, 0, buffer, 0, roundUp(wanted));
        replaced.push(before);
      }
      return buffer;
    });
    const commands = encoder.finish();
    const problem = await this.device.popErrorScope();
    if (problem) {
      for (const buffer of added) buffer.destroy();
      throw new DeviceRefusal(
        `this program needs ${(bytes / 2 ** 20).toFixed(0)} MiB on the GPU, more than it gives`,
        { help: "take a smaller batch (--set batch=…)" },
      );
    }
    this.device.queue.submit([commands]);
    this.buffers = [...next, ...old.slice(next.length)];
    for (const buffer of replaced) buffer.destroy();
    return true;
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers = [];
  }
}
