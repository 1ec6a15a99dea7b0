// Counter-based random numbers: Philox 4×32-10 (Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3").
// A draw depends only on (seed, step, place, element), so every backend and every resumed run draws the same bits.

/** One Philox block: 10 rounds over a 128-bit counter with a 64-bit key. Returns the first of its four words. */
export function philoxWord(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): number {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return c0;
}

/** High 32 bits of the product of two unsigned 32-bit numbers, through 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16); // below 2^32, as is `cross`
  const cross = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

/** The key of a drawing place: two words of FNV-1a over the UTF-16 units of its path and occurrence. */
export function placeKey(place: string): readonly [number, number] {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let i = 0; i < place.length; i++) {
    const unit = place.charCodeAt(i);
    first = Math.imul(first ^ unit, 0x01000193) >>> 0;
    second = Math.imul(second ^ unit ^ (first >>> 15), 0x85ebca6b) >>> 0;
  }
  return [first, second];
}

/** Random bits of element `index` of the tensor drawn at a place (`key`) in step `step` of a run with `seed`. */
export function randomBits(
  index: number,
  key0: number,
  key1: number,
  seed: number,
  step: number,
): number {
  return philoxWord(index >>> 0, step >>> 0, seed >>> 0, 0, key0, key1);
}

/** Uniform in [0, 1) with 24 random bits, exact in f32. */
export function uniformAt(
  index: number,
  key0: number,
  key1: number,
  seed: number,
  step: number,
): number {
  return (randomBits(index, key0, key1, seed, step) >>> 8) * 2 ** -24;
}

/** A permutation of 0 … n-1 by Fisher–Yates with draws of its own place. */
export function permutation(n: number, place: string, seed: number, step: number): Int32Array {
  const [key0, key1] = placeKey(place);
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const bits = randomBits(i, key0, key1, seed, step);
    const j = Math.floor((bits / 2 ** 32) * (i + 1));
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}
