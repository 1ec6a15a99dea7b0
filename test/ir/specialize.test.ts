// Open dimensions get numbers, or a diagnostic at the place that does not come out.

import { describe, expect, test } from "vitest";
import type { Graph } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { specialize } from "../../compiler/ir/specialize.ts";
import { verifyGraph } from "../../compiler/ir/verify.ts";
import { infer, operators } from "../../compiler/ops/index.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { formatSpan } from "../../grammar/source.ts";

function run(text: string, dims: Readonly<Record<string, number>>) {
  const reporter = new Reporter();
  const graph: Graph | undefined = specialize(
    parseGraph({ path: "m.ir", text }),
    dims,
    infer,
    reporter,
  );
  return { graph, diagnostics: reporter.diagnostics };
}

const mean = `input field x: f32[batch, 2*n]
%0: f32[batch*n, 2] = reshape(%x) { shape: [batch*n, 2] }
%1: f32[batch*n] = reduce(%0) { kind: "sum", axes: [1], ties: "share" }
%2: f32[] = dim() { value: batch*n }
%3: f32[batch*n] = broadcast(%2) { shape: [batch*n] }
%4: f32[batch*n] = div(%1, %3)
%5: f32[div(batch*n, 2)] = slice(%4) { ranges: [[0, div(batch*n, 2), 2]] }
output result y = %5
`;

test("puts numbers into types and attributes, and makes dimensions constants", () => {
  const { graph, diagnostics } = run(mean, { batch: 3, n: 5 });
  expect(diagnostics).toEqual([]);
  expect(graph && printGraph(graph)).toBe(`input field x: f32[3, 10]
%0: f32[15, 2] = reshape(%x) { shape: [15, 2] }
%1: f32[15] = reduce(%0) { kind: "sum", axes: [1], ties: "share" }
%2: f32[] = constant() { value: 15 }
%3: f32[15] = broadcast(%2) { shape: [15] }
%4: f32[15] = div(%1, %3)
%5: f32[7] = slice(%4) { ranges: [[0, 7, 2]] }
output result y = %5
`);
  const levelOf = (op: string) => operators[op]?.level;
  expect(graph && verifyGraph(graph, { level: "specialised", infer, levelOf })).toEqual([]);
});

test("leaves a graph without open dimensions as it is", () => {
  const { graph } = run(mean, { batch: 3, n: 5 });
  const text = graph ? printGraph(graph) : "";
  expect(run(text, {}).graph && text).toBe(text);
});

test("keeps unused inputs and the order of all", () => {
  const text = "input field b: f32[n]\ninput field a: i32[]\noutput result y = %b\n";
  expect(run(text, { n: 2 }).graph?.inputs.map((x) => x.attrs["name"])).toEqual(["b", "a"]);
});

describe("what does not come out is told at its place:", () => {
  test("an uneven quotient", () => {
    const text = `input field x: f32[n]
%0: f32[(n / 2), 2] = reshape(%x) { shape: [(n / 2), 2] }
output result y = %0
`;
    const { graph, diagnostics } = run(text, { n: 5 });
    expect(graph).toBeUndefined();
    expect(diagnostics.map((d) => [d.code, d.message, formatSpan(d.span)])).toEqual([
      ["uneven-division", "5 / 2 does not come out even", "m.ir:2:1"],
    ]);
  });

  test("a negative size, once, not again at its readers", () => {
    const text = `input field x: f32[n]
%0: f32[n - 4] = slice(%x) { ranges: [[4, n - 4, 1]] }
%1: f32[n - 4] = exp(%0)
output result y = %1
`;
    const { graph, diagnostics } = run(text, { n: 3 });
    expect(graph).toBeUndefined();
    expect(diagnostics.map((d) => [d.code, formatSpan(d.span)])).toEqual([
      ["value-out-of-range", "m.ir:2:1"],
    ]);
    expect(diagnostics[0]?.message).toContain("is -1, but must be 0 or more");
  });

  test("sizes that were assumed to agree", () => {
    const text = `input field x: f32[n]
input field y: f32[m]
%0: f32[n] = add(%x, %y)
output result z = %0
`;
    const { graph, diagnostics } = run(text, { n: 3, m: 4 });
    expect(graph).toBeUndefined();
    expect(diagnostics.map((d) => [d.code, formatSpan(d.span)])).toEqual([
      ["shape-mismatch", "m.ir:3:1"],
    ]);
    expect(run(text, { n: 3, m: 3 }).graph).toBeDefined();
  });
});

test("a dimension without a number is a mistake of the caller", () => {
  expect(() => run(mean, { batch: 3 })).toThrow("no number was given for n");
});
