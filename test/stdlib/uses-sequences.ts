// One use of every block over sequences with an open batch and length, as in uses.ts.

import type { Use } from "./uses.ts";

const rows = "x: [batch, time, 6], seen: bool[batch, time]";
const tokens = "i: i32[batch, time], seen: bool[batch, time]";
const states = "x: [batch, 6], h: [batch, 4], c: [batch, 4]";

export const sequenceUses: Readonly<Record<string, readonly Use[]>> = {
  rnn_cell: [
    ["rnn_cell(4)(x, h)", states],
    ['rnn_cell(4, "relu", use_bias = false)(x, h)', states],
  ],
  gru_cell: [
    ["gru_cell(4)(x, h)", states],
    ["gru_cell(4, use_bias = false)(x, h)", states],
  ],
  gru_gates: [],
  lstm_cell: [["lstm_cell(4)(x, (h, c))[1]", states]],
  lstm_gates: [],
  rnn: [
    ["x |> rnn(4)", rows],
    [
      'rnn(4, layers = 2, bidirectional = true, nonlinearity = "relu", drop = 0.1)(x, mask = seen)',
      rows,
    ],
  ],
  gru: [
    ["x |> gru(4, use_bias = false) |> gru(4)", rows],
    ["gru(4, layers = 2, final = true)(x, h = zeros([2, batch, 4]))[1]", rows],
  ],
  lstm: [
    ["x |> lstm(4)", rows],
    ["lstm(4, bidirectional = true, final = true)(x, mask = seen)[1][0]", rows],
  ],
  one_state: [],
  over_layers: [],
  over_time: [
    ["over_time(one_state(gru_cell(4)), reverse = true)(x, (zeros([batch, 4]),), none)[0]", rows],
  ],
  gru_step: [["gru_step(4, layers = 2)(x, zeros([2, batch, 4]))", states]],
  real_positions: [["real_positions(7)(n)", "n: i32[batch]"]],
  masked_mean: [
    ["x |> masked_mean(mask = seen)", rows],
    ["masked_mean(empty = -1)(x, seen)", rows],
  ],
  attention_weights: [],
  attention: [
    ["attention(x, x, x, mask = causal(time))", rows],
    ["attention(scale = 0.5, drop = 0.1)(x, x, x, bias = zeros([time, time]))", rows],
  ],
  additive_attention: [["additive_attention(5)(x, x, x, mask = seen[:, none]).weights", rows]],
  kernel_attention: [["kernel_attention(x, x, y).y", "x: [n], y: [n]"]],
  multi_head_attention: [
    ["x |> multi_head_attention(2)", rows],
    ["multi_head_attention(3, weights = true)(x, x[:, :3], mask = causal(time)[:, :3])[1]", rows],
  ],
  causal: [["causal(time) and seen[:, none]", tokens]],
  sinusoidal: [["x + sinusoidal(time, 6)", rows]],
  positional_encoding: [["x |> positional_encoding(drop = 0.1)", rows]],
  learned_positions: [["x |> learned_positions(20)", "x: [batch, 12, 6]"]],
  rotary: [
    ["x |> rotary", rows],
    ['x |> rotary(pairs = "halves")', rows],
  ],
  transformer_encoder_layer: [["x |> transformer_encoder_layer(2, 8)", rows]],
  transformer_decoder_layer: [
    [
      "transformer_decoder_layer(2, 8, norm_first = true)(x, x, memory_mask = seen[:, none, none])",
      rows,
    ],
  ],
  transformer_encoder: [["x |> transformer_encoder(2, 2, 8, norm_first = true)", rows]],
  transformer_decoder: [["transformer_decoder(2, 2, 8)(x, x, mask = seen[:, none, none])", rows]],
  transformer: [["transformer(10, 12, width = 6, heads = 2, hidden = 8, depth = 1)(i, i)", tokens]],
  gpt_block: [["x |> gpt_block(2)", rows]],
  gpt: [["i |> gpt(10, 20, width = 8, depth = 1, drop = 0.1)", "i: i32[batch, 7]"]],
  vit: [["x |> vit(5, 4, width = 8, depth = 1)", "x: [batch, 3, 8, 8]"]],
  bert: [["bert(10, 20, 8, 2, 16, 1)(i, mask = i != 0)", "i: i32[batch, 7]"]],
  bert_embeddings: [],
  bert_encoder: [],
  bert_layer: [],
  bert_attention: [],
  bert_self_attention: [],
  bert_dense: [],
  bert_output: [],
  text_cnn: [["x |> text_cnn(channels = 4)", "x: [batch, 12, 6]"]],
  skip_gram: [["skip_gram(10, 4)(j, i)", "j: i32[batch], i: i32[batch, n]"]],
  negative_sampling: [["negative_sampling(x, f32(x > 0), mask = x > 1)", "x: [batch, 6]"]],
  choose: [["weights |> choose([4, 5])", "weights: [n]"]],
  seq2seq_encoder: [["seq2seq_encoder(10, 4, 5, layers = 2)(i, mask = seen).states", tokens]],
  seq2seq_decoder: [["seq2seq_decoder(10, 4, 5)(i, zeros([1, batch, 5]))", tokens]],
  attention_decoder: [
    [
      "attention_decoder(10, 4, 5)(i, embedding(10, 3)(i), zeros([1, batch, 5]), mask = seen).logits",
      tokens,
    ],
  ],
};
