// Every primitive of the operator table through a plan, against the reference.

import { describe, test } from "vitest";
import { operators } from "../../compiler/ops/index.ts";
import type { Node } from "../../compiler/ir/graph.ts";
import { sizeOf } from "../../runtime/types.ts";
import { builder, checkGraph, graphOf, input, numbers } from "./support.ts";

/** Computed by the reference only, or given from outside. */
const notScheduled = new Set(["input", "host"]);

describe("primitives", () => {
  for (const record of Object.values(operators)) {
    if (record.level !== "primitive" || notScheduled.has(record.name)) continue;
    record.samples.forEach((sample, number) => {
      test(`${record.name} ${number}`, () => {
        const b = builder();
        const inputs: Record<string, number[]> = {};
        const nodes = sample.inputs.map(({ dtype, shape }, i): Node => {
          const sizes = shape.map(Number);
          const limit =
            typeof sample.domain === "object" ? sample.domain.index : dtype === "bool" ? 2 : 4;
          const drawn = numbers(
            sizeOf(sizes),
            number * 10 + i,
            dtype === "f32" ? undefined : limit,
          );
          const positive = sample.domain === "positive" || sample.domain === "unit";
          inputs[`x${i}`] = drawn.map((n) => (dtype === "f32" && positive ? Math.abs(n) + 0.1 : n));
          return input(b, `x${i}`, sizes, dtype);
        });
        checkGraph(graphOf({ y: b.node(record.name, nodes, sample.attrs ?? {}) }), inputs);
      });
    });
  }
});
