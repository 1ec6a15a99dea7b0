// One use of every block of the library with an open batch: what the oracle, whose sizes are all known, cannot show.
// A use is an expression over the inputs in the second place; where none are given, over `x: [batch, 6]`.

import { sequenceUses } from "./uses-sequences.ts";

export type Use = readonly [expression: string, inputs?: string];

const image = "x: [batch, 4, 9, 9]";
const series = "x: [batch, 4, 9]";
const classes = "logits: [batch, time, 5], label: i32[batch, time]";
const flat = "logits: [batch, 5], label: i32[batch]";
const pair = "a: [batch, 6], b: [batch, 6]";

/** Applied in a model: layers, activations, losses. */
export const modelUses: Readonly<Record<string, readonly Use[]>> = {
  relu: [["relu(x)"]],
  leaky_relu: [["x |> leaky_relu"], ["x |> leaky_relu(0.2)"]],
  elu: [["x |> elu"]],
  selu: [["x |> selu"]],
  gelu: [["x |> gelu"], ['x |> gelu("tanh")']],
  silu: [["x |> silu"]],
  softplus: [["x |> softplus"]],
  log_sigmoid: [["x |> log_sigmoid"]],
  mish: [["x |> mish"]],
  hardsigmoid: [["x |> hardsigmoid"]],
  hardswish: [["x |> hardswish"]],
  prelu: [["x |> prelu"], ["x |> prelu(4)", image]],
  logsumexp: [["x |> logsumexp"], ["logsumexp(x, axis = (1, 2), keep = true)", series]],
  softmax: [["x |> softmax"], ["softmax(x, axis = 1)", image]],
  log_softmax: [["x |> log_softmax"]],
  masked_softmax: [["masked_softmax(x, x > 0)"]],
  dense: [["x |> dense(3)"], ["x |> dense(3, use_bias = false, init = zeros)", image]],
  embedding: [
    ["i |> embedding(10, 4)", "i: i32[batch, time]"],
    ["i |> embedding(10, 4, padding = 0)", "i: i32[batch, time]"],
  ],
  padded_table: [],
  dropout: [["x |> dropout"], ["x |> dropout(0)"]],
  flatten: [["x |> flatten", image]],
  unflatten: [["x |> unflatten([2, 3])"]],
  residual: [["x |> residual(dense(6) |> relu)"]],
  conv: [
    ["x |> conv(8, 3)", series],
    ["x |> conv(8, 3, padding = 1, stride = 2)", image],
    ["x |> conv(8, (3, 1), dilation = (2, 1), groups = 2, use_bias = false)", image],
  ],
  conv_transpose: [["x |> conv_transpose(2, 4, stride = 2, padding = 1)", image]],
  conv_norm: [
    ["x |> conv_norm(8, 3, padding = 1)", image],
    ["x |> conv_norm(8, (1, 3), stride = 2, activation = silu)", image],
  ],
  vgg_stage: [
    ["x |> vgg_stage(2, 8)", image],
    ["x |> vgg_stage(1, 8, norm = true)", image],
  ],
  vgg_layer: [["x |> vgg_layer(8)", image]],
  nin_block: [
    ["x |> nin_block(8, 3, padding = 1)", image],
    ["x |> nin_block(8, 3, norm = true)", image],
  ],
  nin_layer: [["x |> nin_layer(8, 3, 1, 1, true)", image]],
  inception: [["x |> inception(4, (2, 4), (2, 3), 5)", image]],
  basic_block: [
    ["x |> basic_block(4)", image],
    ["x |> basic_block(8, stride = 2, gate = squeeze_excite(2))", image],
  ],
  bottleneck: [
    ["x |> bottleneck(1)", image],
    ["x |> bottleneck(4, stride = 2)", image],
  ],
  resnext_block: [["x |> resnext_block(8, groups = 2, width = 16)", image]],
  squeeze_excite: [
    ["x |> squeeze_excite", image],
    ["x |> squeeze_excite(2, hardsigmoid)", image],
  ],
  dense_layer: [
    ["x |> dense_layer(3)", image],
    ["x |> dense_layer(3, wide = 0, drop = 0.1)", image],
  ],
  dense_transition: [["x |> dense_transition", image]],
  relu6: [["x |> relu6"]],
  depthwise_separable: [["x |> depthwise_separable(8, stride = 2)", image]],
  inverted_residual: [
    ["x |> inverted_residual(4)", image],
    ["x |> inverted_residual(8, stride = 2, expand = 1)", image],
  ],
  mobile_layer: [["x |> chain(mobile_layer(8, 3))", image]],
  double_conv: [["x |> double_conv(8)", image]],
  unet_down: [["x |> unet_down(8)", image]],
  unet_up: [["unet_up(8)(x, y)", "x: [batch, 4, 9, 9], y: [batch, 2, 18, 18]"]],
  patch_embedding: [["x |> patch_embedding(3, 5)", image]],
  reparameterize: [["reparameterize(a, b)", pair]],
  gaussian_kl: [
    ["gaussian_kl(a, b)", pair],
    ["gaussian_kl(reduce = false)(a, b)", pair],
  ],
  max_pool: [
    ["x |> max_pool(2)", series],
    ["x |> max_pool(3, stride = 2, ceil = true)", image],
    ["x |> max_pool(3, stride = 2, padding = 1)", image],
  ],
  avg_pool: [
    ["x |> avg_pool(3)", image],
    ["x |> avg_pool(3, stride = 1, padding = 1, count_include_pad = false)", image],
  ],
  adaptive_avg_pool: [
    ["x |> adaptive_avg_pool(4)", image],
    ["x |> adaptive_avg_pool((2, 3))", image],
  ],
  cells: [["x @ transpose(cells(2, 6))"]],
  global_avg_pool: [
    ["x |> global_avg_pool", image],
    ["x |> global_avg_pool", series],
  ],
  global_max_pool: [["x |> global_max_pool", image]],
  batch_norm: [
    ["x |> batch_norm"],
    ["x |> batch_norm", series],
    ["x |> batch_norm(affine = false)", image],
  ],
  layer_norm: [["x |> layer_norm"], ["x |> layer_norm(affine = false)", image]],
  standard_score: [["x |> standard_score(1e-5)"]],
  rms_norm: [["x |> rms_norm"]],
  group_norm: [["x |> group_norm(2)", image]],
  instance_norm: [
    ["x |> instance_norm", image],
    ["x |> instance_norm(affine = true)", series],
  ],
  cross_entropy: [
    ["cross_entropy(logits, label)", classes],
    ["cross_entropy(logits, label, smoothing = 0.1, ignore = 0, reduce = false)", classes],
    ["cross_entropy(logits, label, weight = ones([5]))", flat],
  ],
  weighted_mean: [],
  channel_cross_entropy: [
    ["channel_cross_entropy(x, y)", "x: [batch, 3, h, w], y: i32[batch, h, w]"],
  ],
  soft_cross_entropy: [
    ["soft_cross_entropy(a, softmax(b))", pair],
    ["soft_cross_entropy(a, softmax(b), smoothing = 0.1, weight = ones([6]))", pair],
  ],
  nll: [["nll(log_softmax(logits), label)", flat]],
  mse: [["mse(a, b)", pair]],
  l1: [["l1(a, b)", pair]],
  huber: [["huber(a, b, delta = 2)", pair]],
  smooth_l1: [["smooth_l1(a, b, reduce = false)", pair]],
  binary_cross_entropy: [
    ["binary_cross_entropy(a, b)", pair],
    ["binary_cross_entropy(a, b, pos_weight = ones([6]), reduce = false)", pair],
  ],
  kl_divergence: [["kl_divergence(log_softmax(a), softmax(b))", pair]],
  triplet: [["triplet(a, b, a + 1)", pair]],
  euclidean: [["euclidean(a, b)", pair]],
  cosine_similarity: [["cosine_similarity(a, b)", pair]],
  rotate: [["rotate(x, 30)", image]],
  pixels: [],
  grayscale: [["x |> grayscale", "x: [batch, 3, h, w]"]],
  shift_hue: [["shift_hue(x, 0.1)", "x: [batch, 3, h, w]"]],
  mixup: [["mixup(5)(x, i)[0]", "x: [batch, 3, 4, 4], i: i32[batch]"]],
  cutmix: [["cutmix(5, alpha = 0.2)(x, i)[1]", "x: [batch, 3, 4, 4], i: i32[batch]"]],
  within: [],
  before: [["before(x)"]],
  beta: [["x * beta(0.2)"]],
  log_gamma_draw: [],
  ...sequenceUses,
  diagonal: [["diagonal(transpose(x) @ x)"]],
  pair_wins: [["pair_wins(a, a, b, b)", "a: [n], b: [m]"]],
};

/** Initialisers of a parameter [8, 4, 3, 3]. */
export const initialiserUses: Readonly<Record<string, readonly string[]>> = {
  xavier_uniform: ["xavier_uniform", "xavier_uniform(gain = 2)"],
  xavier_normal: ["xavier_normal"],
  kaiming_uniform: ["kaiming_uniform", 'kaiming_uniform(mode = "fan_out", nonlinearity = "relu")'],
  kaiming_normal: ["kaiming_normal", 'kaiming_normal(nonlinearity = "tanh")'],
  rectified: ["rectified"],
  kaiming_gain: [],
  uniform_by_fan: ["uniform_by_fan(9)"],
};

/** Optimizers and the blocks that they are made of. */
export const optimizerUses: Readonly<Record<string, readonly string[]>> = {
  sgd: [
    "sgd",
    "sgd(lr = 0.1, momentum = 0.9, nesterov = true)",
    "sgd(momentum = 0.9, dampening = 0.1)",
  ],
  bias_correction: [],
  adam: ["adam", "adam(lr = 1e-2, weight_decay = 0.1, amsgrad = true)"],
  adam_direction: [],
  adamw: ["adamw"],
  rmsprop: ["rmsprop", "rmsprop(centered = true, momentum = 0.9)"],
  rms_spread: [],
  adagrad: ["adagrad"],
  adadelta: ["adadelta"],
  adamax: ["adamax"],
  lion: ["lion"],
  lamb: ["lamb"],
};

/** Averages of weights over the steps. */
export const averageUses: Readonly<Record<string, readonly string[]>> = {
  ema: ["ema", "ema(0.99)", "ema(warmup = false)"],
  mean_weights: ["mean_weights()"],
};

/** Schedules, as the rate of sgd. */
export const scheduleUses: Readonly<Record<string, readonly string[]>> = {
  constant: ["constant(0.1)", "0.1"],
  step: ["step(0.1, every = 30)"],
  multi_step: ["multi_step(0.1, at = [10, 20])"],
  exponential: ["exponential(0.1, factor = 0.9)"],
  linear: ["linear(0.1)"],
  polynomial: ["polynomial(0.1, power = 2)"],
  cosine: ["cosine(0.1)", "cosine(from = 0.1, to = 0.01)"],
  cosine_restarts: [
    "cosine_restarts(0.1, period = 10)",
    "cosine_restarts(0.1, period = 10, grow = 2)",
  ],
  warmup: ["warmup(10, 0.1)", "warmup(10, cosine(0.1), begin = 0)"],
  one_cycle: ["one_cycle(0.1)", 'one_cycle(0.1, shape = "linear", three_phase = true)'],
  inverse_sqrt: ["inverse_sqrt(0.1, rise = 100)"],
  noam: ["noam(512)"],
  square_root: ["square_root(0.1)"],
};

/** Metrics over `logits: [batch, 5]` and `label`. */
export const metricUses: Readonly<Record<string, readonly string[]>> = {
  average: [
    "average(logits)",
    "average(logits, where = logits > 0)",
    "average(argmax(logits) == label)",
  ],
  chosen: [],
  accuracy: ["accuracy(logits, label)"],
  top_k: ["top_k(logits, label, k = 2)"],
  confusion: ["sum(confusion(logits, label))"],
  precision: ["precision(logits, label)", "precision(logits, label, class = 1)"],
  recall: ["recall(logits, label)"],
  f1: ["f1(logits, label)", "f1(2)(logits, label)"],
  auc: ["auc(logits[:, 1], label)"],
  perplexity: ["perplexity(logits, label)", "perplexity(logits, label, where = label != 0)"],
  token_accuracy: ["token_accuracy(logits, label)"],
  bleu: ["bleu(i32(logits), i32(logits)[:, 1:], up_to = 2)", "bleu(i32(logits), i32(logits))"],
  corpus_bleu: [
    "corpus_bleu(i32(logits), i32(logits)[:, :3])",
    "corpus_bleu(i32(logits), i32(logits)[:, none])",
  ],
  closest: [],
  words_before_end: [],
  is_word: [],
  ngram_matches: [],
  ids_after: [],
  mae: ["mae(logits, 2 * logits)"],
  rmse: ["rmse(logits, 2 * logits)"],
  r2: ["r2(logits, 2 * logits)"],
};

/** Transformations of a data field `raw: [3, 4, 4]`. */
export const dataUses: Readonly<Record<string, readonly string[]>> = {
  standardize: ["raw |> standardize |> fill(0)"],
  fill: ["raw |> fill", "raw |> fill(1)"],
  normalize: ["raw |> normalize([0.1, 0.2, 0.3], [1, 2, 3])"],
  random_crop: ["raw |> random_crop(4)", "raw |> random_crop((4, 4), padding = (1, 2))"],
  center_crop: ["raw |> center_crop(4)"],
  window: ["window(4)(raw, 0, 0)"],
  random_flip: ["raw |> random_flip", 'raw |> random_flip("both", p = 0.1)'],
  turned: [],
  random_int: ["raw + random_int(4)"],
  cutout: ["raw |> cutout(2)"],
  resize: ["raw |> resize(4)", "raw |> resize((4, 4), antialias = false)"],
  resize_part: [],
  linear_weights: [],
  random_resized_crop: [
    "raw |> random_resized_crop(4)",
    "raw |> random_resized_crop(4, scale = (0.5, 1))",
  ],
  largest_part: [],
  rotation: ["raw |> rotation(10)", 'raw |> rotation(10, "nearest")'],
  color_jitter: ["raw |> color_jitter(0.4)", "raw |> color_jitter(0.4, 0.4, 0.4, 0.1)"],
};
