// Models scored both ways side by side: on the whole prefix, and with kept states.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Reporter } from "../../../grammar/diagnostic.ts";
import { openRunner, type Runner } from "../../../compiler/api/index.ts";
import { loadKept } from "../../../compiler/api/scorer.ts";
import { keepStates, type KeepRequest } from "../../../compiler/decode/index.ts";
import type { ModelUnit } from "../../../compiler/elaborate/unit.ts";
import type { Graph } from "../../../compiler/ir/graph.ts";
import { specialize } from "../../../compiler/ir/specialize.ts";
import { infer, newBuilder } from "../../../compiler/ops/index.ts";
import { lower } from "../../../compiler/ops/lower.ts";
import { fixed, makeView, plain } from "../../../compiler/ops/make.ts";
import { knownShape } from "../../../compiler/ops/shapes.ts";
import { createKeptState } from "../../../runtime/decode/kept-state.ts";
import { createWholePrefix } from "../../../runtime/decode/whole-prefix.ts";
import type { Scorer } from "../../../runtime/decode/scorer.ts";
import { loadText, type TrainingPlace } from "../../oracle/support/program.ts";

export interface KeptModel {
  readonly text: string;
  readonly grows: string;
  readonly window: number;
  /** Of other open dimensions. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Ids of the growing input lie below. */
  readonly tokens?: number;
}

function oracle(name: string): string {
  const file = path.join(import.meta.dirname, "../../oracle/models", `${name}.dlm`);
  return readFileSync(file, "utf8");
}

const model = (
  body: string,
): string => `model Net(x: i32[batch, time]) -> (logits: [batch, time, 11]) {
  let emb = embedding(11, 8)
  ${body}
}`;

export const models: Readonly<Record<string, KeptModel>> = {
  "a plain recurrent network": { text: oracle("rnn_lm"), grows: "x", window: 7 },
  "a gated recurrent unit": { text: oracle("gru_lm"), grows: "x", window: 7 },
  "two layers of long short-term memory": { text: oracle("lstm_lm"), grows: "x", window: 7 },
  "a GPT": { text: oracle("gpt_tiny"), grows: "x", window: 8, tokens: 20 },
  "a GPT with tied weights": { text: oracle("gpt_tied"), grows: "x", window: 8, tokens: 20 },
  "a sequence to sequence network": {
    text: oracle("seq2seq_gru"),
    grows: "dec_input",
    window: 6,
    dims: { i: 6 },
  },
  "additive attention": { text: oracle("bahdanau"), grows: "dec_input", window: 6, dims: { i: 5 } },
  "a Transformer that translates": {
    text: oracle("transformer_seq2seq"),
    grows: "dec_input",
    window: 7,
    dims: { i: 7 },
  },
  "a Transformer with norms first": {
    text: oracle("transformer_seq2seq_prenorm"),
    grows: "dec_input",
    window: 7,
    dims: { i: 4 },
  },
  "rotary positions": {
    text: model(`
  let q = dense(8)
  let k = dense(8)
  let v = dense(8)
  let turn = rotary
  let parts = x |> emb
  let y = attention(turn(q(parts)), turn(k(parts)), v(parts), mask = causal(time))
  let z = attention(turn(q(y)), turn(k(y)), v(y), mask = causal(time))
  return z |> dense(11)`),
    grows: "x",
    window: 7,
  },
  "padding that is not attended to": {
    text: model(`
  let q = dense(8)
  let mask = (x != 0)[:, none, :] and causal(time)
  let y = x |> emb
  let y = y + attention(q(y), y, y, mask = mask)
  return attention(q(y), y, y, mask = mask) |> dense(11)`),
    grows: "x",
    window: 7,
  },
  "a last layer that looks at all of the prefix": {
    text: model(`
  let y = x |> emb |> gru(8)
  let z = attention(y, y, y)
  return z + expand(max(y, axis = 1)[:, none], shape = [batch, time, 8]) |> dense(11)`),
    grows: "x",
    window: 7,
  },
  "a token that stands further back": {
    text: model(`
  let y = emb(x)
  let before = concat([zeros([batch, 1, 8]), y[:, :-1]], axis = 1)
  let back = concat([zeros([batch, 2, 8]), y], axis = 1)[:, :-2]
  return concat([y, before, back], axis = -1) |> dense(11)`),
    grows: "x",
    window: 7,
  },
};

export const refused: Readonly<Record<string, { readonly text: string; readonly reason: RegExp }>> =
  {
    "a layer in both directions": {
      text: model("return x |> emb |> gru(8, bidirectional = true) |> dense(11)"),
      reason: /a layer runs from the last token to the first \(case.dlm:|recurrent/,
    },
    "two layers that see all": {
      text: model(`let y = emb(x)
  let y = attention(y, y, y)
  return attention(y, y, y) |> dense(11)`),
      reason: /a place looks at all others, later ones too/,
    },
    "a mean over time under a recurrent layer": {
      text: model(`let y = emb(x)
  return (y - mean(y, axis = 1)[:, none]) |> gru(8) |> dense(11)`),
      reason: /looks at all others|hangs on the length/,
    },
  };

export function unitOf(text: string): ModelUnit {
  const loaded = loadText(text);
  return loaded.model();
}

/** The scores at the last place, with every size known. */
export function lastScores(
  unit: ModelUnit,
  { grows, dims = {} }: KeptModel,
): (length: number, rows: number) => Graph | undefined {
  const time = unit.inputs.find(({ name }) => name === grows)?.type.shape[1];
  const symbol = typeof time === "object" ? time.text : "";
  const [batch = "batch"] = unit.openDims;
  return (length, rows) => {
    const reporter = new Reporter();
    const sizes = { ...dims, [symbol]: length, [batch]: rows };
    const graph = specialize(unit.evaluation, sizes, infer, reporter);
    const output = graph?.outputs.find(({ name }) => name === "logits");
    if (!graph || !output) return undefined;
    const { node } = lower({ ...graph, outputs: [output] }).outputs[0] ?? output;
    const [, , vocabulary = 1] = knownShape(node.type);
    const b = newBuilder(node.origin);
    const forms = [plain(0), fixed(length - 1), plain(1)];
    const last = makeView(b, node, [rows, vocabulary], forms, 0);
    return { inputs: graph.inputs, outputs: [{ name: "last", role: "result", node: last }] };
  };
}

export function keptModel(model: KeptModel, rows: number): KeepRequest {
  const graph = lastScores(unitOf(model.text), model);
  return { graph, length: model.window, rows, grows: model.grows, prefix: "decode." };
}

export interface Both {
  readonly window: number;
  readonly runner: Runner;
  readonly kept: Scorer;
  readonly whole: Scorer;
  /** The scores at every position, by one scorer after the other: states last until another program runs. */
  scores(turn: number): Promise<{ readonly whole: Float32Array[]; readonly kept: Float32Array[] }>;
  close(): Promise<void>;
}

/** Small whole numbers that look drawn. */
function drawn(count: number, below: number, seed: number): Int32Array {
  return Int32Array.from(
    { length: count },
    (_, i) => (((i + 3) * (seed + 7) * 2654435761) >>> 7) % below,
  );
}

export async function openBoth(
  model: KeptModel,
  rows: number,
  place: TrainingPlace,
): Promise<Both> {
  const { window, grows, dims = {} } = model;
  const unit = unitOf(model.text);
  const graph = lastScores(unit, model);
  const request = { graph, length: window, rows, grows, prefix: "decode." };
  const found = keepStates(request);
  if ("refusal" in found) throw new Error(found.refusal);
  const time = unit.inputs.find(({ name }) => name === grows)?.type.shape[1];
  const symbol = typeof time === "object" ? time.text : "";
  const runner = await openRunner(unit, {
    device: place.device,
    ...("threads" in place ? { threads: place.threads } : {}),
    dims: { ...dims, [symbol]: window },
  });
  runner.initialise(1);
  const vocabulary = Number(unit.outputs[0]?.type.shape[2]);
  const common = { rows, vocabulary, window, grows, session: () => runner.session };
  const whole = createWholePrefix({
    ...common,
    program: (length) => runner.load(`whole ${length}`, () => demand(graph(length, rows)), rows),
  });
  const kept = createKeptState({
    ...common,
    programs: () => loadKept(runner, found, "test", rows),
  });
  const tokens = model.tokens ?? 11;
  const fields = (turn: number): Record<string, Int32Array> =>
    Object.fromEntries(
      unit.inputs
        .filter(({ name }) => name !== grows)
        .map(({ name, type }) => {
          const length = Number(type.shape.length > 1 ? (dims["i"] ?? 1) : 1);
          // Lengths are at least 1; others are tokens, of which 0 is padding.
          const values = drawn(rows * length, type.shape.length > 1 ? 9 : 4, turn + 5);
          return [name, type.shape.length > 1 ? values : values.map((n) => n + 1)];
        }),
    );

  async function follow(scorer: Scorer, turn: number): Promise<Float32Array[]> {
    await scorer.begin(fields(turn));
    const found: Float32Array[] = [];
    for (let position = 0; position < window; position++) {
      const next = drawn(rows, tokens, position * 5 + turn);
      // The first token is none of padding, so that something is seen.
      if (position === 0) for (const [row, id] of next.entries()) next[row] = id === 0 ? 1 : id;
      // A field is not part of the prefix: whole prefixes change places alone where there is none.
      const isMoved = unit.inputs.length === 1 && position % 3 === 2;
      const from = isMoved ? drawn(rows, rows, position) : undefined;
      found.push((await scorer.append(next, from)).slice());
    }
    return found;
  }

  return {
    window,
    runner,
    kept,
    whole,
    async scores(turn) {
      return { whole: await follow(whole, turn), kept: await follow(kept, turn) };
    },
    close: () => runner.close(),
  };
}

function demand(graph: Graph | undefined): Graph {
  if (!graph) throw new Error("the model takes no such prefix");
  return graph;
}
