// Range, mean and deviation of a field's numbers, gathered example by example; and what identifies an example.

import type { TypedArray } from "../../runtime/types.ts";

export interface Statistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population: divided by n. */
  readonly deviation: number;
}

/** Mean and deviation in two sums about the first number, so that a large mean costs no digits. */
export interface Gathering {
  add(values: TypedArray, from: number, to: number): void;
  /** NaNs met so far; they are in no other figure. */
  missing(): number;
  /** Undefined before the first number. */
  result(): Statistics | undefined;
}

export function gatherStatistics(): Gathering {
  let [count, missing, about, sum, squares] = [0, 0, 0, 0, 0];
  let [min, max] = [Infinity, -Infinity];
  return {
    add(values, from, to) {
      for (let i = from; i < to; i++) {
        const value = values[i] ?? NaN;
        if (Number.isNaN(value)) {
          missing++;
          continue;
        }
        if (count === 0) about = value;
        count++;
        if (value < min) min = value;
        if (value > max) max = value;
        sum += value - about;
        squares += (value - about) * (value - about);
      }
    },
    missing: () => missing,
    result() {
      if (count === 0) return undefined;
      const gap = sum / count;
      const variance = Math.max(0, squares / count - gap * gap);
      return { min, max, mean: about + gap, deviation: Math.sqrt(variance) };
    },
  };
}

/** 64 bits that tell apart what examples hold, as text: two murmur-like hashes over the 32-bit words. */
export function createFingerprint(): {
  add(values: TypedArray, from: number, to: number): void;
  take(): string;
} {
  const number = new Float64Array(1);
  const words = new Uint32Array(number.buffer);
  let [a, b] = [0x9747b28c, 0x3c6ef372];
  const mix = (word: number): void => {
    a = Math.imul(a ^ word, 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0xc2b2ae35) + 0x27d4eb2f;
    b ^= b >>> 13;
  };
  return {
    add(values, from, to) {
      for (let i = from; i < to; i++) {
        number[0] = values[i] ?? 0;
        mix(words[0] ?? 0);
        mix(words[1] ?? 0);
      }
    },
    take() {
      const key = `${a >>> 0}:${b >>> 0}`;
      [a, b] = [0x9747b28c, 0x3c6ef372];
      return key;
    },
  };
}
