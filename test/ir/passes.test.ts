// Every case of test/ir/*.ir: the graph before, the pass, the graph after; and both give the same numbers.

import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { assertValid, verifyGraph } from "../../compiler/ir/verify.ts";
import { infer, operators } from "../../compiler/ops/index.ts";
import { earlyPasses, optimise, passes } from "../../compiler/passes/index.ts";
import { difference, drawInputs, evaluateGraph } from "../support/evaluate-graph.ts";
import { irFiles, readIrCases, updating, writeIrCases, type IrCase } from "../support/ir-cases.ts";

const verification = {
  level: "training",
  infer,
  levelOf: (op: string) => operators[op]?.level,
} as const;

function run(pass: string, graph: Graph): Graph {
  if (pass === "all") return optimise(graph);
  const found = [...earlyPasses, ...passes].find((candidate) => candidate.name === pass);
  if (!found) throw new Error(`there is no pass called ${pass}`);
  return found.run(graph);
}

for (const file of irFiles(import.meta.dirname)) {
  const { head, cases } = readIrCases(file);
  describe(path.basename(file), () => {
    const updated: IrCase[] = [];
    test.each(cases.map((one) => [one.title, one] as const))("%s", (_title, one) => {
      const before = parseGraph({ path: one.title, text: one.before });
      assertValid(before, "the test", verification);
      const after = run(one.pass, before);
      expect(verifyGraph(after, verification)).toEqual([]);
      const text = printGraph(after).trim();
      expect(printGraph(parseGraph(text)).trim()).toBe(text);
      for (const seed of [1, 2]) {
        const inputs = drawInputs(before, seed);
        const expected = evaluateGraph(before, inputs);
        for (const [name, value] of Object.entries(evaluateGraph(after, inputs))) {
          const wanted = expected[name];
          expect(wanted && difference(value, wanted)).toBe(undefined);
        }
      }
      if (!updating) return expect(text).toBe(one.after);
      updated.push({ ...one, after: text });
      if (updated.length === cases.length) writeIrCases(file, head, updated);
      return undefined;
    });
  });
}
