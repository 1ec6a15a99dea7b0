// Half precision on the CPU: the same roundings as NumPy, stored or not; products of halves.

import { describe, expect, test } from "vitest";
import { layOutInJs } from "../../compiler/backends/js/pack.ts";
import { layOutInWasm } from "../../compiler/backends/wasm/index.ts";
import type { Plan } from "../../compiler/schedule/kernel.ts";
import { differences, scheduleCase } from "../support/backend-cases.ts";
import { evaluateGraph } from "../support/evaluate-graph.ts";
import {
  halfCases,
  halfInputs,
  roundingGraph,
  roundings,
  storingGraph,
} from "../support/half-cases.ts";
import { runInJs, viewOf } from "../support/plans.ts";
import { oneThread, oneThreadRelaxed, prepareWasm } from "../support/run-wasm.ts";

const expected = roundings.map(([, y]) => y);

test("the reference rounds as NumPy", () => {
  expect([...(evaluateGraph(roundingGraph(), halfInputs)["result y"]?.data ?? [])]).toEqual(
    expected,
  );
});

function onWasm(settings: typeof oneThread): (plan: Plan, memory: ArrayBuffer) => ArrayBuffer {
  return (plan, memory) => {
    const { run, bytes } = prepareWasm(plan, memory, settings);
    run();
    return bytes.slice().buffer;
  };
}

const backends = [
  {
    name: "js",
    layOutContract: layOutInJs,
    run: (plan: Plan, memory: ArrayBuffer) => {
      runInJs(plan, memory);
      return memory;
    },
  },
  ...[oneThread, oneThreadRelaxed].map((settings) => ({
    name: settings.relaxed ? "relaxed wasm" : "wasm",
    layOutContract: layOutInWasm(settings),
    run: onWasm(settings),
  })),
];

describe.each(backends)("half precision on $name", ({ run, layOutContract }) => {
  test.each([
    ["within a kernel", roundingGraph],
    ["stored", storingGraph],
  ])("rounds as NumPy: %s", (_name, graph) => {
    const { plan, memory, results } = scheduleCase(graph(), { layOutContract, inputs: halfInputs });
    const after = run(plan, memory);
    const y = results.find(({ name }) => name === "y");
    expect(y && [...viewOf(after, y)]).toEqual(expected);
  });

  test.each(halfCases)("$name", ({ graph }) => {
    const { plan, memory, results } = scheduleCase(graph(), { layOutContract });
    expect(differences(results, run(plan, memory), 0)).toEqual([]);
  });
});
