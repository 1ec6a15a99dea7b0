// The verifier finds each kind of broken graph, and names it.

import { describe, expect, test } from "vitest";
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { assertValid, verifyGraph, type Level } from "../../compiler/ir/verify.ts";
import { infer, operators } from "../../compiler/ops/index.ts";
import { optimise, passes } from "../../compiler/passes/index.ts";
import { InternalError } from "../../grammar/diagnostic.ts";

const levelOf = (op: string) => operators[op]?.level;

function problems(text: string | Graph, level: Level = "training"): string[] {
  const graph = typeof text === "string" ? parseGraph(text) : text;
  return verifyGraph(graph, { level, infer, levelOf }).map((problem) => problem.message);
}

const valid = `input field x: f32[4, 3]
input parameter w: f32[3]
%0: f32[4, 3] = view(%w) { shape: [4, 3], forms: [<@1>], fill: "unreachable" }
%1: f32[4, 3] = mul(%x, %0)
%2: f32[] = reduce(%1) { kind: "sum", axes: [0, 1], ties: "share" }
output loss loss = %2
output update w = %w
`;

test("a valid graph has no problems", () => expect(problems(valid)).toEqual([]));

test.each<readonly [what: string, text: string, level: Level, problem: string]>([
  [
    "an unknown operator",
    "%0: f32[] = frob()\noutput result y = %0",
    "model",
    "frob (node 0) is no operator",
  ],
  [
    "a named operator after lowering",
    "input field x: f32[2, 2]\n%0: f32[2, 2] = matmul(%x, %x)\noutput result y = %0",
    "primitive",
    "matmul (node 1) is no primitive, at level primitive",
  ],
  [
    "a type that is not the inferred one",
    "input field x: f32[3]\n%0: f32[4] = exp(%x)\noutput result y = %0",
    "model",
    "exp (node 1) says it is f32[4], but is f32[3]",
  ],
  [
    "operands that the operator refuses",
    "input field x: f32[3]\ninput field y: f32[4]\n%0: f32[3] = add(%x, %y)\noutput result z = %0",
    "model",
    "add (node 2) refuses its operands: shape-mismatch",
  ],
  [
    "an open size after specialising",
    "input field x: f32[batch]\noutput result y = %x",
    "specialised",
    "input (node 0) has the open size batch",
  ],
  [
    "an open attribute after specialising",
    "%0: f32[] = dim() { value: batch }\noutput result y = %0",
    "specialised",
    "dim (node 0) has an open dimension among its attributes",
  ],
  [
    "a negative size",
    "%0: f32[-1] = constant() { values: [] }\noutput result y = %0",
    "model",
    "constant (node 0) has a size of -1",
  ],
  [
    "a constant of the wrong length",
    "%0: f32[3] = constant() { values: [1, 2] }\noutput result y = %0",
    "model",
    "constant (node 0) has 2 values, but is f32[3]",
  ],
  [
    "one value for many elements",
    "%0: f32[3] = constant() { value: 1 }\noutput result y = %0",
    "model",
    "constant (node 0) has one value, but is f32[3]",
  ],
  [
    "a constant without a value",
    "%0: f32[] = constant()\noutput result y = %0",
    "model",
    "constant (node 0) has no value",
  ],
  [
    "an output that stands twice",
    "input field x: f32[]\noutput result y = %x\noutput result y = %x",
    "model",
    "output result y stands twice",
  ],
  [
    "a gradient before differentiation",
    "input field x: f32[]\noutput gradient w = %x",
    "primitive",
    "output gradient w has no place at this level",
  ],
  [
    "a loss that is no number",
    "input field x: f32[3]\noutput loss loss = %x",
    "model",
    "output loss loss is f32[3]",
  ],
  [
    "an update that changes the type",
    "input parameter w: f32[3]\ninput field x: f32[4]\noutput update w = %x",
    "training",
    "output update w is f32[4], but takes the place of f32[3]",
  ],
  [
    "an input that is not declared",
    '%0: f32[] = input() { name: "x", role: "field" }\noutput result y = %0',
    "model",
    "field x is read, but is not among the inputs",
  ],
])("%s", (_what, text, level, problem) => expect(problems(text, level)).toContain(problem));

test("two inputs of one name and role", () => {
  const graph = parseGraph("input field x: f32[]\noutput result y = %x");
  expect(problems({ ...graph, inputs: [...graph.inputs, ...graph.inputs] })).toContain(
    "there are two inputs called field x",
  );
});

test("a circle", () => {
  const graph = parseGraph(
    "input field x: f32[]\n%0: f32[] = exp(%x)\n%1: f32[] = exp(%0)\noutput result y = %1",
  );
  const last = graph.outputs[0]?.node;
  const inner = last?.inputs[0] as { inputs: readonly Node[] } | undefined;
  if (inner && last) inner.inputs = [last];
  expect(problems(graph)).toContain("exp (node 1) reads itself in a circle");
});

describe("the driver of the passes", () => {
  const broken = "input field x: f32[3]\n%0: f32[4] = exp(%x)\noutput result y = %0";

  test("does not start on a broken graph, unless told not to look", () => {
    expect(() => optimise(parseGraph(broken))).toThrow(InternalError);
    expect(() => optimise(parseGraph(broken))).toThrow(
      "a stage before the passes gave a broken graph",
    );
    expect(() =>
      optimise(parseGraph(broken), { verify: false, after: "remove-dead" }),
    ).not.toThrow();
  });

  test("names who broke it", () => {
    const check = (): void =>
      assertValid(parseGraph(broken), "the pass frobnicate", { level: "training", infer, levelOf });
    expect(check).toThrow(
      "the pass frobnicate gave a broken graph:\n  exp (node 1) says it is f32[4], but is f32[3]",
    );
  });

  test("stops after the pass that is named, and knows its passes", () => {
    const text =
      "input field x: f32[3]\n%0: f32[3] = stop_gradient(%x)\n%1: f32[3] = neg(%0)\n%2: f32[3] = neg(%1)\noutput result y = %2";
    const [first] = passes;
    const after = optimise(parseGraph(text), { after: first?.name ?? "" });
    expect(after.outputs[0]?.node.op).toBe("neg");
    expect(optimise(parseGraph(text)).outputs[0]?.node.op).toBe("input");
    expect(() => optimise(parseGraph(text), { after: "simplify" })).toThrow(
      "there is no pass called simplify",
    );
  });
});
