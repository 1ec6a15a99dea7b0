// A growing row of bytes with WebAssembly's ways to write numbers.

const encoder = new TextEncoder();

export interface Bytes {
  readonly length: number;
  /** What was written, as a view that the next write may make stale. */
  written(): Uint8Array;
  /** Forgets everything, keeps the room. */
  clear(): void;
  byte(value: number): void;
  bytes(values: ArrayLike<number>): void;
  /** LEB128 of a whole number from 0 on. */
  unsigned(value: number): void;
  /** LEB128 with a sign; exact for all whole numbers that a double holds. */
  signed(value: number): void;
  f32(value: number): void;
  f64(value: number): void;
  /** Four bytes, the lowest first. */
  word(value: number): void;
  /** Length and UTF-8. */
  text(value: string): void;
}

export function createBytes(size = 1024): Bytes {
  let buffer = new Uint8Array(size);
  let length = 0;
  const scratch = new DataView(new ArrayBuffer(8));

  function reserve(count: number): void {
    if (length + count <= buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * buffer.length, length + count));
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  }

  function byte(value: number): void {
    if (length === buffer.length) reserve(1);
    buffer[length++] = value;
  }

  function bytes(values: ArrayLike<number>): void {
    reserve(values.length);
    buffer.set(values, length);
    length += values.length;
  }

  function fromScratch(count: number): void {
    for (let i = 0; i < count; i++) byte(scratch.getUint8(i));
  }

  return {
    get length() {
      return length;
    },
    written: () => buffer.subarray(0, length),
    clear() {
      length = 0;
    },
    byte,
    bytes,
    unsigned(value) {
      let rest = value;
      while (rest >= 0x80) {
        byte((rest % 0x80) | 0x80);
        rest = Math.floor(rest / 0x80);
      }
      byte(rest);
    },
    signed(value) {
      let rest = value;
      // The last byte's second highest bit is the sign.
      while (rest < -0x40 || rest >= 0x40) {
        const low = ((rest % 0x80) + 0x80) % 0x80;
        byte(low | 0x80);
        rest = (rest - low) / 0x80;
      }
      byte(rest & 0x7f);
    },
    f32(value) {
      scratch.setFloat32(0, value, true);
      fromScratch(4);
    },
    f64(value) {
      scratch.setFloat64(0, value, true);
      fromScratch(8);
    },
    word(value) {
      scratch.setUint32(0, value, true);
      fromScratch(4);
    },
    text(value) {
      const encoded = encoder.encode(value);
      this.unsigned(encoded.length);
      bytes(encoded);
    },
  };
}
