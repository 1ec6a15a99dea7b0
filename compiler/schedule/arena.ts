// Offsets in one memory: largest buffers first, each in the lowest gap that fits among those alive at the same time.

import { DeviceRefusal } from "../../runtime/errors.ts";

export const alignment = 64;

export function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** The lowest offset from `offset` on where so many bytes lie in one segment of the memory. */
export function clearOfCuts(offset: number, bytes: number, segmentBytes: number): number {
  if (bytes > segmentBytes) {
    const [needed, most] = [bytes, segmentBytes].map((size) => (size / 2 ** 20).toFixed(1));
    throw new DeviceRefusal(
      `a tensor of this program takes ${needed} MiB; the GPU binds ${most} MiB at once`,
      { help: "take a smaller batch (--set batch=…), or the device wasm" },
    );
  }
  const cut = Math.floor(offset / segmentBytes + 1) * segmentBytes;
  return offset + bytes > cut ? cut : offset;
}

/** A memory that is cut into segments, of which it is the part from `start` on. */
export interface Cuts {
  readonly start: number;
  readonly segmentBytes: number;
}

export interface Request {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Offsets from 0 and the total size, multiples of the alignment. Nothing lies across a cut. */
export function assignOffsets(
  requests: readonly Request[],
  cuts?: Cuts,
): { offsets: number[]; bytes: number } {
  const clear = (offset: number, bytes: number): number =>
    cuts ? clearOfCuts(cuts.start + offset, bytes, cuts.segmentBytes) - cuts.start : offset;
  const offsets = requests.map(() => 0);
  const order = requests.map((_, i) => i);
  const at = (i: number): Request => requests[i] ?? { bytes: 0, first: 0, last: 0 };
  order.sort((a, b) => at(b).bytes - at(a).bytes || at(a).first - at(b).first || a - b);
  const placed: { start: number; end: number; first: number; last: number }[] = []; // by start
  let total = 0;
  for (const i of order) {
    const { bytes, first, last } = at(i);
    const size = align(bytes);
    let start = clear(0, bytes);
    for (const other of placed) {
      if (other.last < first || other.first > last) continue;
      if (other.start >= start + size) break;
      start = clear(Math.max(start, other.end), bytes);
    }
    offsets[i] = start;
    const entry = { start, end: start + size, first, last };
    let position = placed.length;
    while (position > 0 && (placed[position - 1]?.start ?? 0) > start) position -= 1;
    placed.splice(position, 0, entry);
    total = Math.max(total, start + size);
  }
  return { offsets, bytes: total };
}

/** Sum of bytes alive at each position, and the position where it is largest. */
export function peakOf(
  requests: readonly Request[],
  positions: number,
): { position: number; bytes: number } {
  const change = new Float64Array(positions + 1);
  for (const { bytes, first, last } of requests) {
    change[first] = (change[first] ?? 0) + align(bytes);
    change[last + 1] = (change[last + 1] ?? 0) - align(bytes);
  }
  let best = { position: 0, bytes: 0 };
  let sum = 0;
  for (let i = 0; i < positions; i++) {
    sum += change[i] ?? 0;
    if (sum > best.bytes) best = { position: i, bytes: sum };
  }
  return best;
}
