// Rewriting keeps origins and inputs; inlining puts values in the place of inputs.

import { expect, test } from "vitest";
import type { Graph, Origin } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { copyNode, inlineGraph, rewriteGraph } from "../../compiler/ir/rewrite.ts";
import { infer, newBuilder } from "../../compiler/ops/index.ts";
import { formatSpan } from "../../grammar/source.ts";

const origin: Origin = {
  span: { file: { path: "outer.dlm", text: "" }, start: 0, end: 0 },
  blocks: [],
  role: "update",
};

const sgd = parseGraph({
  path: "sgd.ir",
  text: `input field w: f32[3]
input field g: f32[3]
input scalar $step: i32[]
%0: f32[3] = sub(%w, %g)
output update w = %0
`,
});

test("a copy merges equal nodes and keeps origins, inputs and outputs", () => {
  const graph = parseGraph({
    path: "g.ir",
    text: "input field x: f32[3]\ninput field y: f32[3]\n%0: f32[3] = exp(%x)\n%1: f32[3] = exp(%x)\n%2: f32[3] = add(%0, %1)\noutput result z = %2\n",
  });
  const copy = rewriteGraph(graph, infer, copyNode);
  expect(printGraph(copy)).toBe(
    "input field x: f32[3]\ninput field y: f32[3]\n%0: f32[3] = exp(%x)\n%1: f32[3] = add(%0, %0)\noutput result z = %1\n",
  );
  expect(copy.outputs[0] && formatSpan(copy.outputs[0].node.origin.span)).toBe("g.ir:5:1");
});

test("a graph of thousands of nodes in a row does not overflow the stack", () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `%${i + 1}: f32[] = exp(%${i})`);
  const graph = parseGraph(
    `input field x: f32[]\n%0: f32[] = exp(%x)\n${lines.join("\n")}\noutput result y = %20000\n`,
  );
  expect(printGraph(rewriteGraph(graph, infer, copyNode))).toBe(printGraph(graph));
});

test("inlining puts values in the place of inputs and keeps the others", () => {
  const b = newBuilder(origin);
  const w = b.node(
    "input",
    [],
    { name: "layer.weight", role: "parameter" },
    { dtype: "f32", shape: [3] },
  );
  const g = b.node("exp", [w]);
  const { outputs, inputs } = inlineGraph(b, sgd, { w, g }, (of) => ({ ...of, role: "update" }));
  expect(inputs.map((node) => node.attrs["name"])).toEqual(["$step"]);
  const graph: Graph = { inputs: [w, ...inputs], outputs };
  expect(printGraph(graph)).toBe(`input parameter layer.weight: f32[3]
input scalar $step: i32[]
%0: f32[3] = exp(%layer.weight)
%1: f32[3] = sub(%layer.weight, %0)
output update w = %1
`);
  expect(outputs[0]?.node.origin).toMatchObject({
    role: "update",
    span: { file: { path: "sgd.ir" } },
  });
  expect(b.origin).toBe(origin);
});

test("a value of another type is refused", () => {
  const b = newBuilder(origin);
  const w = b.node("input", [], { name: "w", role: "parameter" }, { dtype: "f32", shape: [4] });
  expect(() => inlineGraph(b, sgd, new Map([["w", w]]))).toThrow(
    "input w is f32[3], but f32[4] is put in its place",
  );
});
