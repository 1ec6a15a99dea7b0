// The operations of one table, forward and gradients, against PyTorch's figures, on every device.

import { expect, test } from "vitest";
import { describeShared } from "../../support/shared.ts";
import type { OpCase, OpTable } from "../ops/define.ts";
import { faultsOf } from "./case.ts";
import { readCases } from "./manifest.ts";
import { tally } from "./tally.ts";

/** A test for every case of the manifest whose operation the table can write. */
export function describeOps(name: string, table: OpTable): void {
  describeShared(`oracle ops: ${name}`, () => {
    const cases = readCases<OpCase>("ops").filter(({ op }) => op in table);
    const counter = tally(`ops, ${name}`, cases.length, 0);
    for (const c of cases) {
      const write = table[c.op];
      if (!write) continue;
      test(c.id, async () => {
        const { faults, text } = await faultsOf(c, write(c));
        expect(faults, text).toEqual([]);
        counter.ran();
      });
    }
  });
}
