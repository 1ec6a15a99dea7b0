// Every case of the oracle's operations is run by one of the files beside this one, or left out with a reason.

import { expect, test } from "vitest";
import { describeShared } from "../support/shared.ts";
import { leftOutOps } from "./left-out.ts";
import { type OpCase } from "./ops/define.ts";
import { opTable } from "./ops/index.ts";
import { readCases } from "./support/manifest.ts";

describeShared("oracle ops", () => {
  const cases = readCases<OpCase>("ops");

  test("every case is run or left out with a reason", () => {
    const unknown = cases.filter((c) => !(c.op in opTable) && !(c.op in leftOutOps));
    expect(unknown.map((c) => c.id)).toEqual([]);
    const run = cases.filter((c) => c.op in opTable);
    const left = cases.length - run.length;
    process.stdout.write(
      `oracle ops: ${run.length} of ${cases.length} cases are run, ${left} left out\n`,
    );
  });
});
