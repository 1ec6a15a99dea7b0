// Sets of small numbers as bits, for reachability among groups.

export type Bits = Uint32Array;

export function newBits(size: number): Bits {
  return new Uint32Array((size + 31) >>> 5);
}

export function hasBit(bits: Bits, i: number): boolean {
  return (((bits[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;
}

export function setBit(bits: Bits, i: number): void {
  bits[i >>> 5] = (bits[i >>> 5] ?? 0) | (1 << (i & 31));
}

/** Adds all of `other`; whether anything was new. */
export function uniteBits(bits: Bits, other: Bits): boolean {
  let changed = false;
  for (let word = 0; word < bits.length; word++) {
    const before = bits[word] ?? 0;
    const after = (before | (other[word] ?? 0)) >>> 0;
    if (after === before >>> 0) continue;
    bits[word] = after;
    changed = true;
  }
  return changed;
}
