// What mixed precision keeps in f32 and what it rounds, by models that need each of its rules.

import { describe, expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { atPrecision } from "../../compiler/api/precision.ts";
import { createPrograms, placeFor } from "../../compiler/api/programs.ts";
import { graphNodes, type Graph, type Node } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { memoryHost } from "../../runtime/memory-host.ts";

async function stepOf(
  body: string,
  shape = "8, 8",
  device: "js" | "reference" = "js",
): Promise<Graph> {
  const host = memoryHost({
    "m.dlm": `
data d = synthetic(64, seed = 3) {
  field x: [${shape}] = uniform([${shape}], from = -1, to = 1)
  field y: i32[] = 1
}
model M(x: [batch, ${shape}]) -> (scores: [batch, 4]) = ${body}
train M on d {
  loss = cross_entropy(scores, y)
  metrics = { agreement = mean(einsum("b c, b c -> b")(scores, scores)) }
  optimizer = adam(lr = 0.01)
  epochs = 1
  batch = 32
}
`,
  });
  const unit = atPrecision(load("m.dlm", { host, dataHost: host }).training(), "f16");
  let text = "";
  const programs = createPrograms(unit, await placeFor(device, 1), {
    norm: true,
    observe: (stage, print) => {
      if (stage === "optimised") text = print();
    },
  });
  programs.compiled("train", 32);
  return parseGraph(text);
}

const conv = "x |> conv(8, 3, padding = 1) |> batch_norm |> relu |> max_pool(3, stride = 1) |> conv(4, 3) |> flatten |> dense(4)"; // prettier-ignore

const operandsOf = (node: Node): string[] => node.inputs.map(({ type }) => type.dtype);
const named = (graph: Graph, op: string): Node[] => graphNodes(graph).filter((n) => n.op === op);

describe("a step in mixed precision", () => {
  test("multiplies halves, forward and backward, and adds up in f32", async () => {
    const graph = await stepOf(conv, "4, 8, 8");
    const products = named(graph, "contract");
    const ofLoss = products.filter(({ origin: _, inputs }) => inputs[0] !== inputs[1]);
    expect(ofLoss).toHaveLength(8); // three layers forward, three weights, two inputs
    for (const product of ofLoss) {
      expect(operandsOf(product)).toEqual(["f16", "f16"]);
      expect(product.type.dtype).toBe("f32");
    }
  });

  test("leaves what belongs to metrics alone in f32", async () => {
    const graph = await stepOf(conv, "4, 8, 8");
    const own = named(graph, "contract").filter(({ inputs }) => inputs[0] === inputs[1]);
    expect(own.map(operandsOf)).toEqual([["f32", "f32"]]);
  });

  test("keeps inputs, results and updates in f32", async () => {
    const graph = await stepOf(conv, "4, 8, 8");
    for (const { node } of graph.outputs) expect(node.type.dtype).not.toBe("f16");
    for (const node of graph.inputs) expect(node.type.dtype).not.toBe("f16");
  });

  test("rounds no gradient of a parameter", async () => {
    const graph = await stepOf(conv, "4, 8, 8");
    // From the moments back to the gradient: no rounding before the first product or sum.
    const moments = graph.outputs.filter(({ name }) => name.endsWith(".m"));
    expect(moments).toHaveLength(8);
    for (const { node } of moments) {
      const seen = new Set<Node>([node]);
      for (const at of seen) {
        expect(at.type.dtype, `${at.op} on the way to ${node.op}`).not.toBe("f16");
        if (at.op !== "contract" && at.op !== "reduce") for (const i of at.inputs) seen.add(i);
      }
    }
  });

  test("computes exponentials and logarithms, and all from them to the next product, in f32", async () => {
    const graph = await stepOf("(x |> dense(16) |> transformer_encoder_layer(heads = 2, hidden = 32, drop = 0))[:, 0] |> dense(4)"); // prettier-ignore
    const wide = named(graph, "exp");
    expect(wide.length).toBeGreaterThan(1);
    for (const node of graphNodes(graph)) {
      if (node.op !== "cast" || node.type.dtype !== "f16") continue;
      const [x] = node.inputs;
      const readers = graphNodes(graph).filter(({ inputs }) => inputs.includes(node));
      if (x && dependsOnExp(x)) for (const { op } of readers) expect(op).toBe("contract");
    }
  });

  test("stores activations and their gradients as f16, and what normalises them not", async () => {
    const graph = await stepOf(conv, "4, 8, 8");
    const halves = graphNodes(graph).filter(
      ({ op, type }) => op === "cast" && type.dtype === "f16",
    );
    const sizes = halves
      .filter(({ inputs: [x] }) => x?.op !== "input")
      .map(({ type }) => type.shape);
    expect(sizes).toContainEqual([32, 8, 8, 8]); // of the first convolution
    expect(sizes).not.toContainEqual([8]); // statistics by channel
    for (const { inputs } of named(graph, "sqrt")) expect(inputs[0]?.type.dtype).toBe("f32");
    // Squares may be too large.
    for (const { inputs } of halves) {
      const [x] = inputs;
      if (x?.op === "mul") expect(x.inputs[0]).not.toBe(x.inputs[1]);
    }
  });

  test("does not depend on the device", async () => {
    const [js, reference] = [await stepOf(conv, "4, 8, 8"), await stepOf(conv, "4, 8, 8", "reference")]; // prettier-ignore
    const types = (graph: Graph): string[] =>
      graphNodes(graph).map(({ op, type }) => `${op} ${type.dtype}`);
    expect(types(reference)).toEqual(types(js));
  });
});

/** Whether an exponential stands before the next product or sum. */
function dependsOnExp(node: Node): boolean {
  const seen = new Set<Node>([node]);
  for (const at of seen) {
    if (at.op === "exp" || at.op === "log") return true;
    if (!["contract", "reduce", "input", "cast"].includes(at.op))
      for (const input of at.inputs) seen.add(input);
  }
  return false;
}

test("a plan of halves needs less memory", async () => {
  const host = memoryHost({
    "m.dlm": `
data d = digits(64) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
model Lenet(image: [batch, 1, 28, 28]) -> (scores: [batch, 10]) =
  image |> conv(6, 5, padding = 2) |> relu |> max_pool(2) |> conv(16, 5) |> relu |> max_pool(2) |> flatten |> dense(10)
train Lenet on d {
  loss = cross_entropy(scores, label)
  optimizer = sgd(lr = 0.1)
  epochs = 1
  batch = 64
}
`,
  });
  const unit = load("m.dlm", { host, dataHost: host }).training();
  const place = await placeFor("webgpu", 1);
  const [single = 0, half = 0] = (["f32", "f16"] as const).map(
    (precision) =>
      createPrograms(atPrecision(unit, precision), place).compiled("train", 64).arenaBytes,
  );
  expect(half).toBeLessThan(0.7 * single);
});
