// Declarations decoded both ways: with kept states and with the whole prefix read again for every token. The texts are
// the same, for greedy choice, beams and draws, side by side and beyond the window.

import { expect, test } from "vitest";
import { openDecoder, type DecodeOptions } from "../../compiler/api/decode.ts";
import { load } from "../../compiler/api/index.ts";
import { openTraining } from "../../compiler/api/train.ts";
import { memoryHost } from "../../runtime/memory-host.ts";

const words = ["go", "run", "stop", "wait", "fire", "help", "jump", "sit", "stay", "come"];
/** Sentences of one to four words, and the same in capitals the other way round. */
const pairs = Array.from({ length: 40 }, (_, i) => {
  const own = Array.from({ length: 1 + (i % 4) }, (__, j) => words[(i * 3 + j * 7) % 10] ?? "");
  return `${own.join(" ")}\t${[...own].reverse().join(" ").toUpperCase()}`;
}).join("\n");

const translation = (model: string): string => `
data pairs = tsv("pairs.txt", columns = ["english", "french"]) {
  let en = vocab()
  let fr = vocab()
  field source: i32[6] = english |> tokenize("word") |> en |> end |> pad(6)
  field target: i32[9] = french |> tokenize("word") |> fr |> begin |> end |> pad(9)
  split = holdout(validation = 0.1)
}
${model}
train translator = Net(english = pairs.en.size, french = pairs.fr.size) on pairs {
  loss = mean(cross_entropy(logits[:, :-1], target[:, 1:], reduce = false))
  optimizer = adam(lr = 1e-2)
  batch = 8
  epochs = 1
  seed = 3
}
decode greedily = translator { grows = target  next = logits  text = pairs.fr  limit = 7 }
// Without the end token: untrained beams would stop at once.
decode widely = translator {
  grows = target  text = pairs.fr  pick = beam(3, length_penalty = 0.75)  limit = 7
  next = where(iota(pairs.fr.size) == 3, -100, logits)
}
decode freely = translator { grows = target  next = logits  text = pairs.fr  pick = sample(temperature = 1, top_k = 8)  limit = 7  seed = 5 }
`;

const transformer = translation(`
model Net(english: int, french: int)(source: i32[batch, i], target: i32[batch, j]) -> (logits: [batch, j, french]) {
  let net = transformer(english, french, width = 16, heads = 2, hidden = 32, depth = 2)
  return net(source, target)
}`);

const recurrent = translation(`
model Net(english: int, french: int)(source: i32[batch, i], target: i32[batch, j]) -> (logits: [batch, j, french]) {
  let encoder = seq2seq_encoder(english, 12, 16, layers = 2)
  let decoder = attention_decoder(french, 12, 16, layers = 2)
  let (memory, states) = encoder(source, mask = source != 0)
  let (logits, _) = decoder(target, memory, states, mask = source != 0)
  return logits
}`);

const writer = `
data text = text("pairs.txt", tokens = "char", window = 13) {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[12] = ids[:-1]
  field target: i32[12] = ids[1:]
  split = holdout(validation = 0.2)
}
model Net(vocab: int)(input: i32[batch, time]) -> (logits: [batch, time, vocab]) {
  let net = gpt(vocab, 12, width = 16, heads = 2, depth = 2)
  return net(input)
}
train net = Net(vocab = text.chars.size) on text {
  loss = cross_entropy(logits, target)
  optimizer = adam(lr = 1e-2)
  batch = 8
  epochs = 1
}
decode write = net { grows = input  next = logits  text = text.chars  pick = sample(temperature = 1)  limit = 40  seed = 9 }
`;

async function textsOf(
  source: string,
  name: string,
  options: DecodeOptions,
): Promise<{ readonly ids: readonly (readonly number[])[]; readonly keeps: unknown }> {
  const host = memoryHost({ "main.dlm": source, "pairs.txt": pairs });
  const { decode, training } = load("main.dlm", { host, dataHost: host }).decode(name);
  const opened = await openTraining(training, { dataHost: host, device: "wasm", threads: 1 });
  try {
    opened.runner.initialise(1);
    const decoder = openDecoder(opened, decode, options);
    const isWriter = decoder.prompts.kind === "prefix";
    const given = isWriter
      ? ["go", "RUN", "STOP WAIT", "s"]
      : ["go run", "wait", "fire help sit", "come"];
    const prompts = given.map((text) => decoder.prompts.read(text));
    const found = await decoder.generate(prompts);
    return { ids: found.map(({ ids }) => ids), keeps: decoder.scorer.keeps };
  } finally {
    await opened.close();
  }
}

test.each([
  ["a Transformer, greedily", transformer, "greedily", [1, 3]],
  ["a Transformer, beams", transformer, "widely", [3]],
  ["a Transformer, drawn", transformer, "freely", [3]],
  ["a recurrent network with attention, greedily", recurrent, "greedily", [3]],
  ["a recurrent network with attention, beams", recurrent, "widely", [1, 3]],
  ["a GPT beyond its window", writer, "write", [1, 3]],
])(
  "%s",
  async (_name, source, decode, together) => {
    for (const atOnce of together) {
      const kept = await textsOf(source, decode, { atOnce });
      const whole = await textsOf(source, decode, { atOnce, keep: false });
      expect(kept.keeps).toMatchObject({ states: expect.any(Number) as number });
      expect(whole.keeps).toBe("nothing");
      expect(kept.ids).toEqual(whole.ids);
      expect(kept.ids.flat().length).toBeGreaterThan(8);
    }
  },
  60_000,
);
