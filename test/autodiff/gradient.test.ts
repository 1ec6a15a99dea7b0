// Every gradient against finite differences in double precision, along random directions.

import { describe, expect, test } from "vitest";
import { vjp } from "../../compiler/autodiff/index.ts";
import { attrText, typeText } from "../../compiler/ir/build.ts";
import type { OpRecord, Sample } from "../../compiler/ops/define.ts";
import { operators } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import type { Tensor } from "../../runtime/types.ts";
import { graphOf, named, normals, output, run, sampleInputs } from "../ops/support.ts";

/** Operators whose gradient is 0 or missing by definition. */
const withoutGradient = (record: OpRecord): boolean =>
  record.level === "primitive" && record.gradient === "none";

for (const record of Object.values(operators)) {
  const samples = record.samples.filter(({ inputs }) =>
    inputs.some(({ dtype }) => dtype === "f32"),
  );
  if (withoutGradient(record) || samples.length === 0) continue;
  describe(record.name, () => {
    for (const [i, sample] of samples.entries()) {
      const title = `${i}: ${sample.inputs.map(typeText).join(", ")} ${attrText(sample.attrs ?? {})}`;
      test(title.slice(0, 160), () => checkGradient(record, sample));
    }
  });
}

function checkGradient(record: OpRecord, sample: Sample): void {
  const graph = lower(graphOf(record.name, sample.inputs, sample.attrs ?? {}));
  const [result] = graph.outputs;
  if (!result || result.node.type.dtype !== "f32") return; // comparisons, positions
  const inputs = sampleInputs(record, sample);
  const y = output(run(graph, named(inputs)), "y");
  const cotangent: Tensor = { ...y, data: Float64Array.from(normals("cotangent", y.data.length)) };
  const gradients = run(vjp(graph), { ...named(inputs), "cotangent.y": cotangent });

  const loss = (moved: readonly Tensor[]): number => {
    return innerProduct(output(run(graph, named(moved)), "y").data, cotangent.data);
  };
  inputs.forEach((x, i) => {
    if (x.dtype !== "f32") return;
    const direction = normals(`direction.${i}`, x.data.length);
    const h = 1e-5;
    const shifted = (by: number): Tensor[] =>
      inputs.map((t, j) =>
        j === i
          ? { ...t, data: Float64Array.from(t.data, (v, k) => v + by * (direction[k] ?? 0)) }
          : t,
      );
    const expected = (loss(shifted(h)) - loss(shifted(-h))) / (2 * h);
    const gradient = output(gradients, `x${i}`);
    expect(gradient.shape).toEqual(x.shape);
    const found = innerProduct(gradient.data, direction);
    expect(Math.abs(found - expected) / (1 + Math.abs(expected))).toBeLessThan(1e-7);
  });
}

function innerProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
