// On random graphs over all primitives: every pass keeps the values, and text reads back as the same graph.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeText } from "../../compiler/ir/build.ts";
import { graphNodes, type Graph } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { verifyGraph, type VerifyOptions } from "../../compiler/ir/verify.ts";
import type { OpRecord } from "../../compiler/ops/define.ts";
import { infer, operators } from "../../compiler/ops/index.ts";
import { optimise, passes, type Pass } from "../../compiler/passes/index.ts";
import type { Tensor } from "../../runtime/types.ts";
import { difference, evaluateGraph } from "../support/evaluate-graph.ts";
import { randomGraph, randomOps, type RandomOp } from "../support/random-graph.ts";

const verification: VerifyOptions = {
  level: "training",
  infer,
  levelOf: (op) => operators[op]?.level,
};

/** Loops have graphs of their own in test/pipeline/loops.test.ts. */
const isOfLoops = (record: OpRecord): boolean => record.name.startsWith("scan_");

const runs = Number(process.env["DLM_RUNS"] ?? 150);

/** Seeds and sizes; a smaller size of the same seed is a smaller graph. */
const cases = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  size: fc.integer({ min: 1, max: 30 }),
});

function differences(
  graph: Graph,
  expected: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, Tensor>>,
) {
  return Object.entries(evaluateGraph(graph, inputs)).flatMap(([name, value]) => {
    const wanted = expected[name];
    const found = wanted ? difference(value, wanted) : "is new";
    return found === undefined ? [] : [`${name}: ${found}`];
  });
}

describe("random graphs", () => {
  test("hold every primitive that a specialised graph may hold", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      for (const node of graphNodes(randomGraph(seed, { size: 20 }).graph)) seen.add(node.op);
    }
    const primitives = Object.values(operators).flatMap((record) =>
      record.level === "primitive" && !["dim", "host"].includes(record.name) && !isOfLoops(record)
        ? [record.name]
        : [],
    );
    expect([...seen].sort()).toEqual(primitives.sort());
  });

  test.each(randomOps)("%s alone gives a valid graph", (op) => {
    for (let seed = 0; seed < 20; seed++) {
      const { graph } = randomGraph(seed, { size: 3, ops: [op] });
      expect(verifyGraph(graph, verification)).toEqual([]);
    }
  });

  test("are the same for the same seed, and stay within their bounds", () => {
    fc.assert(
      fc.property(cases, ({ seed, size }) => {
        const { graph, inputs, bounds } = randomGraph(seed, { size });
        expect(printGraph(randomGraph(seed, { size }).graph)).toBe(printGraph(graph));
        expect(verifyGraph(graph, verification)).toEqual([]);
        const values = evaluateGraph(graph, inputs);
        for (const { role, name } of graph.outputs) {
          const data = values[`${role} ${name}`]?.data ?? [];
          for (const x of data) expect(Math.abs(x)).toBeLessThanOrEqual(bounds[name] ?? 0);
        }
      }),
      { numRuns: runs },
    );
  });
});

/** The same few operators over and over give the rules something to do. */
const dense: Readonly<Record<string, readonly RandomOp[]>> = {
  views: ["view", "reshape", "concat", "add", "constant", "reduce", "pool"],
  arithmetic: [
    "neg",
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "max",
    "min",
    "abs",
    "floor",
    "constant",
    "view",
  ],
  logic: ["not", "and", "or", "eq", "le", "gt", "select", "cast", "constant", "view"],
};

const all: Pass = { name: "all passes", summary: "the pipeline", run: (graph) => optimise(graph) };

describe("values are kept by", () => {
  test.each([...passes, all].map((pass) => [pass.name, pass] as const))("%s", (_name, pass) => {
    fc.assert(
      fc.property(cases, ({ seed, size }) => {
        const { graph, inputs } = randomGraph(seed, { size });
        const after = pass.run(graph);
        expect(verifyGraph(after, verification)).toEqual([]);
        expect(differences(after, evaluateGraph(graph, inputs), inputs)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  test.each(Object.entries(dense))("all of them among %s", (_name, ops) => {
    fc.assert(
      fc.property(cases, ({ seed, size }) => {
        const { graph, inputs } = randomGraph(seed, { size, ops });
        expect(differences(optimise(graph), evaluateGraph(graph, inputs), inputs)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  test("the passes after themselves: a second round finds little", () => {
    fc.assert(
      fc.property(cases, ({ seed, size }) => {
        const once = optimise(randomGraph(seed, { size }).graph);
        const twice = optimise(once);
        expect(graphNodes(twice).length).toBeLessThanOrEqual(graphNodes(once).length);
      }),
      { numRuns: runs },
    );
  });
});

describe("text", () => {
  test("reads back as the same graph", () => {
    fc.assert(
      fc.property(cases, ({ seed, size }) => {
        const { graph } = randomGraph(seed, { size });
        const text = printGraph(graph, { origins: true });
        const parsed = parseGraph(text);
        expect(printGraph(parsed)).toBe(printGraph(graph));
        const [before, after] = [graphNodes(graph), graphNodes(parsed)];
        expect(after.length).toBe(before.length);
        after.forEach((node, i) => {
          expect(node.attrs).toEqual(before[i]?.attrs);
          expect(typeText(node.type)).toBe(before[i] && typeText(before[i].type));
        });
      }),
      { numRuns: runs },
    );
  });
});
