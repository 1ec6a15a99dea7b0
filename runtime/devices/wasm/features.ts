// What a WebAssembly engine can do, found by asking it whether tiny modules are valid.

export interface Features {
  /** Vectors of 128 bits; nothing is compiled without them. */
  readonly simd: boolean;
  /** Memory that threads share. */
  readonly threads: boolean;
  /** Multiply and add in one instruction, rounded once, where the machine has it. */
  readonly relaxed: boolean;
}

export function engineFeatures(): Features {
  return {
    simd: isValid(functionOf(splat(0))),
    threads: typeof SharedArrayBuffer === "function" && isValid(sharedMemory),
    relaxed: isValid(functionOf([...splat(1), ...splat(2), ...splat(3), 0xfd, 0x85, 0x02])),
  };
}

function isValid(bytes: readonly number[]): boolean {
  if (typeof WebAssembly !== "object") return false;
  return WebAssembly.validate(Uint8Array.from(bytes));
}

const head = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A memory of one page that is shared. */
const sharedMemory = [...head, 5, 4, 1, 3, 1, 1];

/** A vector of equal lanes: i32.const, i8x16.splat. */
function splat(value: number): number[] {
  return [0x41, value, 0xfd, 15];
}

/** One function that gives the vector which this code leaves. */
function functionOf(code: readonly number[]): number[] {
  const body = [0, ...code, 0x0b];
  // Sections: a type () → v128, a function of it, its code.
  return [
    [...head, 1, 5, 1, 0x60, 0, 1, 0x7b],
    [3, 2, 1, 0],
    [10, body.length + 2, 1, body.length, ...body],
  ].flat();
}
