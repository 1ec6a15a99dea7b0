// What this machine can do at most, for judging what was measured: multiply-adds of 128-bit vectors, and copying memory.

import { setFlagsFromString } from "node:v8";

export interface Limits {
  /** 10⁹ floating-point operations a second on one core. */
  readonly gflops: number;
  /** `fma` where the engine has relaxed SIMD, else a multiplication and an addition. */
  readonly kind: "fma" | "mul+add";
  /** 10⁹ bytes a second, read and written together, of memory that no cache holds. */
  readonly gbytes: number;
}

export function measureLimits(seconds = 0.2): Limits {
  const kind = hasRelaxedSimd() ? "fma" : "mul+add";
  const module = new WebAssembly.Module(moduleOf(kind));
  const run = new WebAssembly.Instance(module).exports["run"] as (count: number) => number;
  const count = 100_000;
  const compute = quickest(seconds, () => run(count));
  const bytes = 2 ** 25;
  // Filled, since a page that nobody has written to yet must first be found.
  const [from, to] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(2)];
  const copy = quickest(seconds / 2, () => to.set(from));
  return {
    gflops: (count * flopsAPoint) / compute / 1e6,
    kind,
    gbytes: (2 * bytes) / copy / 1e6,
  };
}

/** Milliseconds of the best of several runs: five at least, for the engine and the machine may be busy at first. */
function quickest(seconds: number, run: () => unknown): number {
  let best = Infinity;
  const end = performance.now() + 1000 * seconds;
  for (let count = 0; count < 5 || performance.now() < end; count++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** As many independent chains as V8 has registers for, besides two constants. */
const chains = 12;
const flopsAPoint = chains * 4 * 2;

/** Newer engines have it by themselves; on Node 20 a flag switches it on. */
function hasRelaxedSimd(): boolean {
  const valid = (): boolean => WebAssembly.validate(moduleOf("fma"));
  if (valid()) return true;
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  return valid();
}

/** A module written down byte by byte, of nothing but multiply-adds in registers. `run(count)`: x ← x · ½ + 1 in every chain,
 *  `count` times; the sum keeps the engine from leaving it out. */
function moduleOf(kind: Limits["kind"]): Uint8Array<ArrayBuffer> {
  const [count, half, one, first] = [0, 1, 2, 3];
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const splat = (value: readonly number[]): number[] => [0x43, ...value, 0xfd, 0x13];
  const add = [0xfd, 0xe4, 0x01];
  const fused = [...get(one), 0xfd, 0x85, 0x02];
  const step = kind === "fma" ? fused : [0xfd, 0xe6, 0x01, ...get(one), ...add];
  const all = Array.from({ length: chains }, (_, i) => first + i);
  // prettier-ignore
  const body = [
    0x01, 2 + chains, 0x7b, // locals: vectors
    ...splat([0, 0, 0, 0x3f]), ...set(half), ...splat([0, 0, 0x80, 0x3f]), ...set(one),
    0x03, 0x40, // loop
    ...all.flatMap((chain) => [...get(chain), ...get(half), ...step, ...set(chain)]),
    ...get(count), 0x41, 0x01, 0x6b, 0x22, count, // count − 1, kept on the stack
    0x0d, 0x00, 0x0b, // again unless it is 0
    ...get(first), ...all.slice(1).flatMap((chain) => [...get(chain), ...add]),
    0xfd, 0x1f, 0x00, 0x0b, // lane 0
  ];
  const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
  const section = (id: number, bytes: readonly number[]): number[] => [id, ...sized([1, ...bytes])];
  return Uint8Array.from([
    ...magic,
    ...section(1, [0x60, 0x01, 0x7f, 0x01, 0x7d]), // (i32) → f32
    ...section(3, [0x00]),
    ...section(7, [...sized([...new TextEncoder().encode("run")]), 0x00, 0x00]),
    ...section(10, sized(body)),
  ]);
}

/** `\0asm`, version 1. */
const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
