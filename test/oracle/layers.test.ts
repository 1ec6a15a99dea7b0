// Recurrent layers, multi-head attention and Transformer layers, forward and gradients, against PyTorch's figures.

import { expect, test } from "vitest";
import { describeShared } from "../support/shared.ts";
import type { OpCase } from "./ops/define.ts";
import { layerTable } from "./ops/sequences.ts";
import { faultsOf } from "./support/case.ts";
import { readCases } from "./support/manifest.ts";
import { tally } from "./support/tally.ts";

interface LayerCase extends OpCase {
  readonly layer: string;
}

describeShared("oracle layers", () => {
  const cases = readCases<LayerCase>("layers");
  const counter = tally("layers", cases.length, 0);

  test("every case is run", () => {
    expect(cases.filter((c) => !(c.layer in layerTable)).map((c) => c.id)).toEqual([]);
  });

  for (const c of cases) {
    const write = layerTable[c.layer];
    if (!write) continue;
    test(c.id, async () => {
      const { faults, text } = await faultsOf(c, write(c));
      expect(faults, text).toEqual([]);
      counter.ran();
    });
  }
});
