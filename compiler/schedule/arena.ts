// Offsets in one memory: largest buffers first, each in the lowest gap that fits among those alive at the same time.

export const alignment = 64;

export function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

export interface Request {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Offsets from 0 and the total size, multiples of the alignment. */
export function assignOffsets(requests: readonly Request[]): { offsets: number[]; bytes: number } {
  const offsets = requests.map(() => 0);
  const order = requests.map((_, i) => i);
  const at = (i: number): Request => requests[i] ?? { bytes: 0, first: 0, last: 0 };
  order.sort((a, b) => at(b).bytes - at(a).bytes || at(a).first - at(b).first || a - b);
  const placed: { start: number; end: number; first: number; last: number }[] = []; // by start
  let total = 0;
  for (const i of order) {
    const { bytes, first, last } = at(i);
    const size = align(bytes);
    let start = 0;
    for (const other of placed) {
      if (other.last < first || other.first > last) continue;
      if (other.start >= start + size) break;
      start = Math.max(start, other.end);
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
