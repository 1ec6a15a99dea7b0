// The operator table tests itself: types, references, expansions and refusals, for every record and sample.

import { describe, expect, test } from "vitest";
import { attrText, typeText } from "../../compiler/ir/build.ts";
import { graphNodes } from "../../compiler/ir/graph.ts";
import { isFailure } from "../../compiler/ops/define.ts";
import { infer, operatorNamed, operators } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { diagnosticTable } from "../../grammar/diagnostic-table.ts";
import { sizeOf } from "../../runtime/types.ts";
import { distance, graphOf, named, output, run, sampleInputs } from "./support.ts";

for (const record of Object.values(operators)) {
  describe(record.name, () => {
    test("is summed up in a sentence", () => expect(record.summary).toMatch(/\.$/));

    for (const [i, sample] of record.samples.entries()) {
      const title =
        `${i}: ${sample.inputs.map(typeText).join(", ")} ${attrText(sample.attrs ?? {})}`.slice(
          0,
          160,
        );
      const attrs = sample.attrs ?? {};

      test(`type and reference agree, ${title}`, () => {
        const type = infer(record.name, sample.inputs, attrs);
        if (isFailure(type))
          throw new Error(`refused: ${type.failure} ${JSON.stringify(type.args)}`);
        const value = record.reference(sampleInputs(record, sample), attrs, type);
        expect(typeText(value)).toBe(typeText(type));
        expect(value.data.length).toBe(sizeOf(value.shape));
        expect(record.flops(sample.inputs, attrs, type)).toBeGreaterThanOrEqual(0);
      });

      if (record.level === "named") {
        test(`expansion equals the reference, ${title}`, () => {
          const graph = graphOf(record.name, sample.inputs, attrs);
          const lowered = lower(graph);
          const levels = graphNodes(lowered).map((node) => operatorNamed(node.op).level);
          expect(new Set(levels)).toEqual(new Set(["primitive"]));
          const inputs = named(sampleInputs(record, sample));
          const expected = output(run(graph, inputs), "y");
          expect(distance(output(run(lowered, inputs), "y"), expected)).toBeLessThan(1e-12);
        });
      }
    }

    for (const [i, reject] of record.rejects.entries()) {
      test(`refusal ${i}: ${reject.code}`, () => {
        const found = infer(record.name, reject.inputs, reject.attrs ?? {});
        if (!isFailure(found)) throw new Error(`accepted as ${typeText(found)}`);
        expect(found.failure).toBe(reject.code);
        const message = diagnosticTable[found.failure].message as (args: unknown) => string;
        expect(message(found.args)).not.toContain("undefined");
      });
    }
  });
}
