// Every operation, forward and gradients, against PyTorch's figures, on every device.

import { expect, test } from "vitest";
import { describeShared } from "../support/shared.ts";
import { leftOutOps } from "./left-out.ts";
import { type OpCase } from "./ops/define.ts";
import { opTable } from "./ops/index.ts";
import { faultsOf } from "./support/case.ts";
import { readCases } from "./support/manifest.ts";
import { tally } from "./support/tally.ts";

describeShared("oracle ops", () => {
  const cases = readCases<OpCase>("ops");
  const left = cases.filter((c) => c.op in leftOutOps);
  const counter = tally("ops", cases.length, left.length);

  test("every case is run or left out with a reason", () => {
    const unknown = cases.filter((c) => !(c.op in opTable) && !(c.op in leftOutOps));
    expect(unknown.map((c) => c.id)).toEqual([]);
  });

  for (const c of cases) {
    const write = opTable[c.op];
    if (!write) continue;
    test(c.id, async () => {
      const { faults, text } = await faultsOf(c, write(c));
      expect(faults, text).toEqual([]);
      counter.ran();
    });
  }
});
