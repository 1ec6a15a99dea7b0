import { expect, test } from "vitest";
import { commonSettings } from "../../compiler/backends/wgsl/settings.ts";
import { chooseTile, tiles } from "../../compiler/backends/wgsl/tiles.ts";

const choose = (m: number, n: number, k: number, settings = {}, batch = 1) =>
  chooseTile({ batch, m, n, k }, { ...commonSettings, ...settings });

test("large products take large tiles, thin ones thin tiles, small ones none", () => {
  expect(choose(4096, 4096, 4096)).toBe("128x64");
  expect(choose(65536, 16, 144)).toBe("128x16");
  expect(choose(16, 65536, 144)).toBe("16x128");
  expect(choose(256, 256, 512)).toBe("32x32");
  // The weight gradient of a small convolution: few results, long sums.
  expect(choose(6, 25, 4096, {}, 16)).toBe("8x8 deep");
  expect(choose(3, 2000, 4)).toBeUndefined();
});

test("a tile fits the adapter's workgroups and their memory", () => {
  expect(choose(4096, 4096, 4096, { workgroupBytes: 12288 })).toBe("64x64");
  expect(choose(4096, 4096, 4096, { invocations: 64 })).toBe("8x8");
  expect(choose(4096, 4096, 4096, { workgroupBytes: 512 })).toBeUndefined();
});

test("a software adapter has one tile, and none for small products", () => {
  const software = { tiles: "small" } as const;
  expect(choose(4096, 4096, 4096, software)).toBe("8x8");
  expect(choose(8, 8, 8, software)).toBeUndefined();
});

test("invocations share their rows and columns evenly", () => {
  for (const { rows, columns, each, depth, slices } of Object.values(tiles)) {
    expect([rows % each[0], columns % each[1], depth % slices]).toEqual([0, 0, 0]);
    expect((rows / each[0]) * (columns / each[1])).toBeLessThanOrEqual(256);
    // The sums of an operand have an invocation a row.
    expect((rows / each[0]) * (columns / each[1])).toBeGreaterThanOrEqual(Math.max(rows, columns));
  }
});
