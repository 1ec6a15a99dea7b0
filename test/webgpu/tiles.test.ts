import { expect, test } from "vitest";
import { tiles, type TileName } from "../../compiler/backends/wgsl/tiles.ts";
import { contraction } from "../support/contraction-cases.ts";
import { kernelMistakes, type KernelCase } from "../support/kernel-cases.ts";
import { memoryOf } from "../support/plans.ts";
import { summed } from "../support/sum-cases.ts";
import { describeWebgpu } from "../support/webgpu.ts";
import { runOnWebgpu } from "../support/webgpu-plan.ts";

async function mistakes(
  example: KernelCase,
  tile: TileName,
  workgroups = 65535,
): Promise<string[]> {
  const memory = memoryOf(example.plan, example.inputs);
  const found = await runOnWebgpu(example.plan, memory, { workgroups }, tile);
  return kernelMistakes(example, found, 5e-5);
}

describeWebgpu("tiles of contractions in WGSL", () => {
  for (const name of Object.keys(tiles) as TileName[]) {
    const { rows, columns } = tiles[name];
    // Tails on every side, a sum longer than a block, both operands' sums.
    const m = [rows + 3];
    const n = [2, columns / 2 + 1];
    test(`${name}, contiguous along the rows`, async () => {
      const example = summed({ batch: 2, m, n, k: [3, 90], a: "rows", b: "rows", of: ["a", "b"] });
      expect(await mistakes(example, name)).toEqual([]);
    });
  }

  test("contiguous along the sum, in whole tiles", async () => {
    const sizes = { m: [64], n: [2, 32], k: [2, 16] };
    const example = summed({ ...sizes, a: "sum", b: "sum", of: ["a", "b"] });
    expect(await mistakes(example, "32x32")).toEqual([]);
  });

  test("borders, integers, an epilogue of bytes, workgroups in three dimensions", async () => {
    const example = contraction(2, [2, 25], [5, 3], [2, 41], "i32");
    expect(await mistakes(example, "8x8", 3)).toEqual([]);
  });
});
