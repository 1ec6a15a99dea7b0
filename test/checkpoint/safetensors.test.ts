import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import type { Tensor } from "../../runtime/types.ts";

/** A file by hand: the header's text and so many bytes of data. */
function fileOf(header: string, dataBytes: number | Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const data = typeof dataBytes === "number" ? new Uint8Array(dataBytes) : dataBytes;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const tensors: Record<string, Tensor> = {
  "слой.вес": {
    dtype: "f32",
    shape: [2, 3],
    data: Float32Array.of(1, -2, NaN, Infinity, 1e-40, 0),
  },
  half: { dtype: "f16", shape: [3], data: Uint16Array.of(0x3c00, 0, 0xffff) },
  counter: { dtype: "i32", shape: [], data: Int32Array.of(-7) },
  pixels: { dtype: "u8", shape: [5], data: Uint8Array.of(0, 1, 2, 254, 255) },
  mask: { dtype: "bool", shape: [1, 2], data: Uint8Array.of(0, 1) },
  empty: { dtype: "f32", shape: [0, 4], data: new Float32Array(0) },
  __proto: { dtype: "u8", shape: [1], data: Uint8Array.of(9) },
};

describe("safetensors", () => {
  test("what is written is read back", () => {
    const file = readSafetensors(writeSafetensors(tensors, { note: 'a "quoted" text\n' }), "x");
    expect(Object.fromEntries(file.tensors)).toEqual(tensors);
    expect(file.metadata.get("note")).toBe('a "quoted" text\n');
  });

  test("the same tensors give the same bytes, in whatever order", () => {
    const reversed = Object.fromEntries(Object.entries(tensors).toReversed());
    expect(writeSafetensors(reversed, { b: "2", a: "1" })).toEqual(
      writeSafetensors(tensors, { a: "1", b: "2" }),
    );
  });

  test("reads a file written by hand as the format's page describes it", () => {
    const header =
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"n":{"dtype":"I64","shape":[1],"data_offsets":[4,12]}}  ';
    const data = Uint8Array.of(0, 0, 128, 63, 254, 255, 255, 255, 255, 255, 255, 255);
    const file = readSafetensors(fileOf(header, data), "x");
    expect(file.tensors.get("a")?.data).toEqual(Float32Array.of(1));
    expect(file.tensors.get("n")).toEqual({ dtype: "i32", shape: [1], data: Int32Array.of(-2) });
  });

  test("reads floats of every width", () => {
    // Patterns as PyTorch gives them: torch.tensor([1.5, -2, 3.140625, 1e-40]).to(torch.bfloat16).view(torch.int16).
    const brain = Uint16Array.of(0x3fc0, 0xc000, 0x4049, 0x0001);
    const double = Float64Array.of(1 / 3, -Infinity, 1e-50);
    const bytes = new Uint8Array(8 + 24);
    bytes.set(new Uint8Array(double.buffer));
    bytes.set(new Uint8Array(brain.buffer), 24);
    const header = `{"d":${entry("[3]", 0, 24, "F64")},"b":${entry("[4]", 24, 32, "BF16")}}`;
    const { tensors: read } = readSafetensors(fileOf(header, bytes), "x");
    expect(read.get("d")).toEqual({
      dtype: "f32",
      shape: [3],
      data: Float32Array.of(0.3333333432674408, -Infinity, 0),
    });
    // The last is 2^-133, the bfloat16 nearest to 1e-40.
    const data = Float32Array.of(1.5, -2, 3.140625, 2 ** -133);
    expect(read.get("b")).toEqual({ dtype: "f32", shape: [4], data });
  });

  const entry = (
    shape: string,
    from: number | string,
    to: number | string,
    dtype = "F32",
  ): string => `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;
  const wrong: readonly (readonly [string, string, number | Uint8Array, RegExp])[] = [
    ["overlap", `{"a":${entry("[2]", 0, 8)},"b":${entry("[2]", 4, 12)}}`, 12, /overlap/],
    ["the same bytes twice", `{"a":${entry("[1]", 0, 4)},"b":${entry("[1]", 0, 4)}}`, 4, /overlap/],
    ["a gap", `{"a":${entry("[1]", 0, 4)},"b":${entry("[1]", 8, 12)}}`, 12, /gap/],
    ["a gap in front", `{"a":${entry("[1]", 4, 8)}}`, 8, /gap/],
    ["truncation", `{"a":${entry("[4]", 0, 16)}}`, 12, /cut off/],
    ["bytes left over", `{"a":${entry("[1]", 0, 4)}}`, 6, /belong to none/],
    ["a size that is not the shape's", `{"a":${entry("[3]", 0, 8)}}`, 8, /takes 12 bytes, not 8/],
    [
      "a shape beyond all numbers",
      `{"a":${entry("[4294967296,4294967296]", 0, 4)}}`,
      4,
      /impossible/,
    ],
    [
      "overflow to zero",
      `{"a":${entry("[9007199254740991,9007199254740991,0]", 0, 0)}}`,
      0,
      /impossible/,
    ],
    ["offsets backwards", `{"a":${entry("[1]", 4, 0)}}`, 4, /takes 4 bytes/],
    ["a negative offset", `{"a":${entry("[1]", -4, 0)}}`, 4, /damaged/],
    ["a fraction", `{"a":${entry("[1.5]", 0, 4)}}`, 4, /damaged/],
    ["a number beyond 2^53", `{"a":${entry("[99999999999999999]", 0, 4)}}`, 4, /damaged|too large/],
    [
      "a name twice",
      `{"a":${entry("[1]", 0, 4)},"\\u0061":${entry("[1]", 4, 8)}}`,
      8,
      /"a" occurs twice/,
    ],
    [
      "a key twice",
      `{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
      4,
      /occurs twice/,
    ],
    [
      "an unknown element type",
      `{"a":${entry("[1]", 0, 1, "F8_E4M3")}}`,
      1,
      /"F8_E4M3" is not read/,
    ],
    [
      "a number beyond single precision",
      `{"a":${entry("[1]", 0, 8, "F64")}}`,
      new Uint8Array(Float64Array.of(1e300).buffer),
      /element 0 is 1e\+300, beyond single/,
    ],
    ["a missing part", `{"a":{"dtype":"F32","shape":[1]}}`, 4, /data_offsets/],
    ["no object", `{"a":[1]}`, 4, /no object/],
    ["metadata that are no strings", `{"__metadata__":{"a":1}}`, 0, /no string/],
    ["broken JSON", `{"a":`, 0, /damaged/],
    ["text after the header", `{} {}`, 0, /damaged/],
    ["deep nesting", `{"a":${"[".repeat(9000)}${"]".repeat(9000)}}`, 0, /deeply/],
    ["a string that is not closed", `{"a\\`, 0, /closed/],
    ["a bool that is none", `{"a":${entry("[1]", 0, 1, "BOOL")}}`, Uint8Array.of(2), /neither/],
    [
      "an integer beyond 32 bits",
      `{"a":${entry("[1]", 0, 8, "I64")}}`,
      new Uint8Array(8).fill(127),
      /beyond 32 bits/,
    ],
  ];
  for (const [what, header, data, message] of wrong) {
    test(`refuses ${what}`, () => {
      expect(() => readSafetensors(fileOf(header, data), "bad.safetensors")).toThrow(
        expect.objectContaining({
          name: "UserError",
          place: "bad.safetensors",
          message: expect.stringMatching(message),
        }),
      );
    });
  }

  test("refuses a header longer than the file", () => {
    const bytes = fileOf("{}", 0);
    bytes.fill(255, 0, 8);
    expect(() => readSafetensors(bytes, "x")).toThrow(/cut off/);
    expect(() => readSafetensors(bytes.subarray(0, 5), "x")).toThrow(/too short/);
  });

  test("a damaged file gives a UserError or other numbers, never another error", () => {
    const whole = writeSafetensors(tensors);
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(8),
        (at, value, cut) => {
          const bytes = whole.slice(0, whole.length - cut);
          if (at < bytes.length) bytes[at] = value;
          try {
            readSafetensors(bytes, "x");
          } catch (error) {
            expect(error).toHaveProperty("name", "UserError");
          }
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
  });
});
