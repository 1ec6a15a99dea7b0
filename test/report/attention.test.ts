// What attention looks at: found by structure in blocks of the library and of one's own, worked out for examples, drawn.

import { describe, expect, test } from "vitest";
import { inspectAttention, type InspectedAttention } from "../../compiler/api/attention.ts";
import { load } from "../../compiler/api/load.ts";
import { openTraining } from "../../compiler/api/train.ts";
import { attentionHtml } from "../../compiler/report/attention.ts";
import { memoryHost } from "../../runtime/memory-host.ts";

async function attentionOf(text: string, files: Record<string, string> = {}) {
  const host = memoryHost({ ...files, "m.dlm": text });
  const [name = ""] = /(?<=train )\w+/.exec(text) ?? [];
  const unit = load("m.dlm", { host, dataHost: host }).training(name);
  const opened = await openTraining(unit, { dataHost: host, device: "js" });
  try {
    opened.runner.initialise();
    return await inspectAttention(opened, "validation");
  } finally {
    await opened.close();
  }
}

const pairs = {
  "pairs.tsv": [
    "go .\tva !",
    "hi .\tsalut !",
    "run now .\tcours vite !",
    "wait here .\tattends ici !",
  ]
    .flatMap((line) => [line, line, line])
    .join("\n"),
};
const translation = `
data pairs = tsv("pairs.tsv", columns = ["en", "fr"]) {
  let en_words = vocab()
  let fr_words = vocab()
  field source: i32[5] = en |> tokenize("word") |> en_words |> end |> pad(5)
  field target: i32[4] = fr |> tokenize("word") |> fr_words |> begin |> pad(4)
  split = holdout(validation = 0.25)
}
`;

const sums = (found: InspectedAttention | undefined): number[] =>
  (found?.examples ?? []).flatMap(({ maps }) =>
    maps.flatMap(({ rows, columns, weights }) =>
      Array.from({ length: rows }, (_, row) =>
        weights.slice(row * columns, (row + 1) * columns).reduce((sum, w) => sum + w, 0),
      ),
    ),
  );

describe("attention in reports", () => {
  test("of a block of one's own is what the formula gives", async () => {
    // softmax of −(q − k)² / 2 over the keys, which no parameter changes.
    const found = await attentionOf(`
data numbers = synthetic(8) {
  field q: [2] = tensor([0.0, 1.0])
  field k: [3] = tensor([0.0, 1.0, 3.0])
  field y: [2] = tensor([1.0, 2.0])
  split = holdout(validation = 0.25)
}
block smooth(q: [b, i], k: [b, j], v: [b, j]) -> [b, i] {
  let scores = -(q[:, :, none] - k[:, none, :]) ** 2 / 2
  return einsum("b i j, b j -> b i")(softmax(scores), v)
}
model Kernel(q: [batch, i], k: [batch, j]) -> (guess: [batch, i]) {
  param scale: [] = ones
  return smooth(q, k, k) * scale
}
train Kernel on numbers { loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  batch = 4  epochs = 1 }
`);
    const [map, ...more] = found?.examples[0]?.maps ?? [];
    expect(more).toEqual([]);
    expect([map?.rows, map?.columns, map?.heads, map?.queries, map?.keys]).toEqual([
      2,
      3,
      1,
      [],
      [],
    ]);
    const expected = [0, 1].flatMap((q) => {
      const scores = [0, 1, 3].map((k) => Math.exp(-((q - k) ** 2) / 2));
      const sum = scores.reduce((a, b) => a + b);
      return scores.map((score) => score / sum);
    });
    expected.forEach((weight, i) => expect(map?.weights[i]).toBeCloseTo(weight, 6));
  });

  test("of heads bears the tokens of both texts, without padding", async () => {
    const found = await attentionOf(
      `${translation}
model Cross(en: int, fr: int)(source: i32[batch, i], target: i32[batch, j]) -> (logits: [batch, j, fr]) {
  let memory = source |> embedding(en, 8)
  let cross = multi_head_attention(2)
  return cross(target |> embedding(fr, 8), memory, memory, mask = (source != 0)[:, none, none, :]) |> dense(fr)
}
train Cross(en = pairs.en_words.size, fr = pairs.fr_words.size) on pairs {
  loss = cross_entropy(logits, target)  optimizer = sgd(lr = 0.1)  batch = 4  epochs = 1
}`,
      pairs,
    );
    const [first] = found?.examples ?? [];
    expect(first?.maps.map(({ layer, head, heads }) => [layer, head, heads])).toEqual([
      ["cross: multi_head_attention", 1, 2],
      ["cross: multi_head_attention", 2, 2],
    ]);
    const [map] = first?.maps ?? [];
    expect(map?.keys.at(-1)).toBe("⟨end⟩");
    expect(map?.queries[0]).toBe("⟨begin⟩");
    expect([map?.rows, map?.columns]).toEqual([map?.queries.length, map?.keys.length]);
    // The mask leaves nothing to the padding that is cut off here.
    for (const sum of sums(found)) expect(sum).toBeCloseTo(1, 5);
  });

  test("inside a loop over time has a row a step", async () => {
    const found = await attentionOf(
      `${translation}
model Decoder(en: int, fr: int)(source: i32[batch, i], target: i32[batch, j]) -> (logits: [batch, j, fr]) {
  let memory = source |> embedding(en, 8)
  let look = additive_attention(8)
  let cell = gru_cell(8)
  let step = (x_t, h) => {
    let (seen, _) = look(h[:, none], memory, memory, mask = (source != 0)[:, none])
    let h = cell(concat([x_t, seen[:, 0]], axis = -1), h)
    return (h, h)
  }
  let (ys, _) = scan(step)(target |> embedding(fr, 8), memory[:, 0])
  return ys |> dense(fr)
}
train Decoder(en = pairs.en_words.size, fr = pairs.fr_words.size) on pairs {
  loss = cross_entropy(logits, target)  optimizer = sgd(lr = 0.1)  batch = 4  epochs = 1
}`,
      pairs,
    );
    const [map] = found?.examples[0]?.maps ?? [];
    expect(map?.layer).toBe("look: additive_attention");
    expect(map?.rows).toBe(map?.queries.length);
    expect(map?.queries[0]).toBe("⟨begin⟩");
    for (const sum of sums(found)) expect(sum).toBeCloseTo(1, 5);
  });

  test("is not seen in the softmax of a classifier", async () => {
    const found = await attentionOf(`
data numbers = synthetic(8) {
  field x: [3] = tensor([0.0, 1.0, 3.0])
  field label: i32[] = i32(0 * x[0])
  split = holdout(validation = 0.25)
}
model Classifier(x: [batch, d]) -> (shares: [batch, 4]) = x |> dense(4) |> softmax
train Classifier on numbers { loss = -mean(log(shares[:, 0]))  optimizer = sgd(lr = 0.1)  batch = 4  epochs = 1 }
`);
    expect(found).toBeUndefined();
  });

  test("is a table with its tokens, or a picture where there are too many", () => {
    const map = { layer: "a", head: 1, heads: 2, queries: ["x", " "], keys: ["<", "z"] };
    const small = { ...map, rows: 2, columns: 2, weights: Float32Array.of(1, 0, 0.25, 0.75) };
    const large = { ...map, rows: 40, columns: 40, weights: new Float32Array(1600).fill(1 / 40) };
    const examples = [{ index: 0, maps: [small, large], more: 3 }];
    const { html } = attentionHtml({ split: "test", examples });
    expect(html).toContain('title="␣ → z: 0.750"');
    expect(html).toContain("&lt;");
    expect(html.match(/<table class="attention">/g)).toHaveLength(1);
    expect(html).toContain("40 × 40 positions");
    expect(html).toContain("3 more are left out");
  });
});
