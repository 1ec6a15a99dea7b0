// Loops over time mean what the unrolled graph means, and so do their gradients.

import { describe, expect, test } from "vitest";
import { vjp } from "../../compiler/autodiff/index.ts";
import { graphNodes, type Graph } from "../../compiler/ir/graph.ts";
import { findLoops } from "../../compiler/ir/loops.ts";
import { verifyGraph } from "../../compiler/ir/verify.ts";
import { infer, operators } from "../../compiler/ops/index.ts";
import { optimise, prepare } from "../../compiler/passes/index.ts";
import { difference, drawInputs, evaluateGraph } from "../support/evaluate-graph.ts";
import { loopCases } from "../support/loop-cases.ts";
import { unroll } from "../support/unroll.ts";

const verification = {
  level: "training",
  infer,
  levelOf: (op: string) => operators[op]?.level,
} as const;

function differences(graph: Graph, other: Graph): string[] {
  const inputs = drawInputs(graph, 5);
  const expected = evaluateGraph(other, inputs);
  return Object.entries(evaluateGraph(graph, inputs)).flatMap(([name, value]) => {
    const wanted = expected[name];
    const found = wanted ? difference(value, wanted, 1e-9) : "is new";
    return found === undefined ? [] : [`${name}: ${found}`];
  });
}

describe("loops over time", () => {
  test.each(loopCases)("$name: as unrolled", ({ graph }) => {
    const looped = graph();
    expect(verifyGraph(looped, verification)).toEqual([]);
    expect(graphNodes(unroll(looped)).filter(({ op }) => op.startsWith("scan_"))).toEqual([]);
    expect(differences(looped, unroll(looped))).toEqual([]);
    expect(differences(optimise(looped), unroll(looped))).toEqual([]);
    expect(differences(prepare(looped), unroll(looped))).toEqual([]);
  });

  test.each(loopCases.filter(({ wrt }) => wrt.length > 0))("$name: gradients", ({ graph, wrt }) => {
    const looped = vjp(graph(), { wrt });
    expect(verifyGraph(looped, verification)).toEqual([]);
    const unrolled = vjp(unroll(graph()), { wrt });
    expect(differences(looped, unrolled)).toEqual([]);
    expect(differences(optimise(looped), unrolled)).toEqual([]);
    const hoisted = vjp(prepare(graph()), { wrt });
    expect(verifyGraph(hoisted, verification)).toEqual([]);
    expect(differences(optimise(hoisted), unrolled)).toEqual([]);
  });

  test("a step forward and a step back multiply once each, whatever the cell reads of its row", () => {
    for (const name of ["rnn", "gru", "rnn, reverse", "rows through two layers"]) {
      const cell = loopCases.find((one) => one.name === name);
      if (!cell) throw new Error(`there is no case ${name}`);
      const graph = optimise(vjp(prepare(cell.graph()), { wrt: cell.wrt }));
      const products = [...findLoops(graphNodes(graph)).values()].map(
        ({ body }) => body.filter(({ op }) => op === "contract").length,
      );
      expect(products, name).toEqual([1, 1]);
    }
  });

  test("weights get one product over all steps, and no step multiplies for them", () => {
    const cell = loopCases.find(({ name }) => name === "rnn");
    const graph = vjp(cell?.graph() ?? { inputs: [], outputs: [] }, { wrt: ["w", "u"] });
    const nodes = graphNodes(graph);
    const loops = [...findLoops(nodes).values()];
    expect(new Set(loops.map(({ reverse }) => reverse))).toEqual(new Set([false, true]));
    expect(loops).toHaveLength(2);
    const back = loops.find(({ reverse }) => reverse);
    expect(back?.body.filter(({ op }) => op === "contract")).toHaveLength(1);
  });
});
