// What a training step allocates in JavaScript: some small objects whatever the model, a view of each example's row where
// fields are gathered from what was computed before, and nothing that stays.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, it } from "vitest";

import type { Allocations } from "../support/count-allocations.ts";

const program = fileURLToPath(new URL("../support/count-allocations.ts", import.meta.url));

/** The young generation holds all that 1,000 steps allocate, so that nothing is collected before it is counted. */
const flags = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];

async function measure(batch: number): Promise<Allocations> {
  const args = [...flags, "--import", import.meta.resolve("tsx"), program, String(batch)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Allocations;
}

it(
  "is bounded, little more for a large batch, and gone afterwards",
  { timeout: 240_000 },
  async () => {
    const small = await measure(8);
    expect(small.kept).toBeGreaterThan(0);
    expect(small.kept).toBeLessThan(16_000); // it takes 11,000 to 12,000
    // An example that is computed anew has its inputs as objects.
    expect(small.computed - small.kept).toBeLessThan(8 * 1_000);
    expect(small.left).toBeLessThan(256);
    const large = await measure(64);
    expect(large.kept - small.kept).toBeLessThan((64 - 8) * 128); // a view takes 96
    expect(large.left).toBeLessThan(256);
  },
);
