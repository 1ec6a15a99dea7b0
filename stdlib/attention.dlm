// Attention. In masks true means that a query may attend to a key; they broadcast to [..., queries, keys], so that
// `causal(time)` is one and `(tokens != 0)[:, none, none, :]` another, and `and` joins them.

/// softmax(q kᵀ · scale + bias) over the keys: the weight of each of j keys for each of i queries. `scale` is 1 / √d where it
/// is not given. Vaswani et al., 2017.
block attention_weights(scale: float? = none)(q: [..., i, d], k: [..., j, d], mask: bool[...m]?, bias: [...n]?) -> [..., i, j] {
  let scores = q @ transpose(k) * (if scale == none then 1 / sqrt(d) else scale)
  let scores = if bias == none then scores else scores + bias
  return if mask == none then softmax(scores) else masked_softmax(scores, mask)
}

/// Scaled dot-product attention: the values [..., j, e], weighted by `attention_weights` with the same settings and dropped
/// out with probability `drop` while training. PyTorch: scaled_dot_product_attention. Vaswani et al., 2017.
block attention(scale: float? = none, drop: float = 0)
  (q: [..., i, d], k: [..., j, d], v: [..., j, e], mask: bool[...m]?, bias: [...n]?) -> [..., i, e] =
  dropout(drop)(attention_weights(scale)(q, k, mask, bias)) @ v

/// Additive attention: softmax over the keys of w_v · tanh(W_q q + W_k k), three linear maps without bias, `hidden` units
/// wide; gives the weighted values and the weights. `W_q.weight` [hidden, dq], `W_k.weight` [hidden, dk], `w_v.weight`
/// [1, hidden]. Bahdanau et al., 2015.
block additive_attention(hidden: int, drop: float = 0)
  (q: [..., i, dq], k: [..., j, dk], v: [..., j, e], mask: bool[...m]?) -> (y: [..., i, e], weights: [..., i, j]) {
  let W_q = dense(hidden, use_bias = false)
  let W_k = dense(hidden, use_bias = false)
  let w_v = dense(1, use_bias = false)
  let features = tanh(W_q(q)[..., none, :] + W_k(k)[..., none, :, :])
  let scores = features |> w_v |> squeeze(axis = -1)
  let weights = if mask == none then softmax(scores) else masked_softmax(scores, mask)
  return (dropout(drop)(weights) @ v, weights)
}

/// Attention as kernel regression over numbers: softmax over the keys of −((q − k) · w)² / 2; gives the weighted values and
/// the weights. `w` [1] starts at 1. Nadaraya, 1964; Watson, 1964.
block kernel_attention(q: [i], k: [j], v: [j], mask: bool[...m]?) -> (y: [i], weights: [i, j]) {
  param w: [1] = ones
  let scores = -((q[:, none] - k[none, :]) * w) ** 2 / 2
  let weights = if mask == none then softmax(scores) else masked_softmax(scores, mask)
  return (weights @ v, weights)
}

/// Attention in `heads` subspaces at once: of queries q [b, i, d] to keys k [b, j, dk] and values v [b, j, dv], where k is q and
/// v is k if not given; the outputs of all heads go through `out_proj`. `mask` broadcasts to [b, heads, i, j], `drop` is the
/// dropout of the weights. `in_proj_weight` [3 · d, d] holds W_q, W_k, W_v one after the other, or `q_proj_weight` [d, d],
/// `k_proj_weight` [d, dk] and `v_proj_weight` [d, dv] do where sizes differ; `in_proj_bias` [3 · d]. With `weights` the
/// result is (y, weights of each head [b, heads, i, j]). PyTorch: MultiheadAttention(batch_first = True). Vaswani et al., 2017.
block multi_head_attention(heads: int, drop: float = 0, use_bias: bool = true, weights: bool = false)
  (q: [b, i, d], k: [b, j, dk]?, v: [b, j, dv]?, mask: bool[...m]?) {
  let out_proj = dense(d, use_bias = use_bias, bias_init = zeros)
  let apart = rearrange("b t (heads e) -> b heads t e")
  let finish = (queries, keys, values) => {
    let shares = attention_weights(apart(queries), apart(keys), mask = mask)
    let y = dropout(drop)(shares) @ apart(values) |> rearrange("b heads t e -> b t (heads e)") |> out_proj
    return if weights then (y, shares) else y
  }
  let keys = if k == none then q else k
  let values = if v == none then keys else v
  let (key_width, value_width) = (shape(keys)[-1], shape(values)[-1])

  if key_width != d or value_width != d {
    param q_proj_weight: [d, d] = xavier_uniform
    param k_proj_weight: [d, key_width] = xavier_uniform
    param v_proj_weight: [d, value_width] = xavier_uniform
    let (from_q, from_k, from_v) = (
      q @ transpose(q_proj_weight),
      keys @ transpose(k_proj_weight),
      values @ transpose(v_proj_weight),
    )
    if not use_bias { return finish(from_q, from_k, from_v) }
    param in_proj_bias: [3 * d] = zeros
    let (bias_q, bias_k, bias_v) = in_proj_bias |> split(3)
    return finish(from_q + bias_q, from_k + bias_k, from_v + bias_v)
  }

  param in_proj_weight: [3 * d, d] = xavier_uniform
  // One product for what is made of the same rows.
  let project = bias => {
    let part = (rows, from, to) => {
      let y = rows @ transpose(in_proj_weight[from * d:to * d])
      return if bias == none then y else y + bias[from * d:to * d]
    }
    if k == none and v == none { return part(q, 0, 3) |> split(3) }
    if v == none { return [part(q, 0, 1), ...(part(keys, 1, 3) |> split(2))] }
    return (part(q, 0, 1), part(keys, 1, 2), part(values, 2, 3))
  }
  if not use_bias { return finish(project(none)) }
  param in_proj_bias: [3 * d] = zeros
  return finish(project(in_proj_bias))
}

/// Which of `time` keys a query may see: itself and what stands before it.
block causal(time: int) -> bool[time, time] = iota(time)[none, :] <= iota(time)[:, none]

/// Sines and cosines of falling frequency: P[t, 2j] = sin(t / base^(2j / d)), P[t, 2j + 1] = cos of the same.
/// Vaswani et al., 2017.
block sinusoidal(time: int, d: int, base: float = 10000) -> [time, d] {
  let pairs = div(d + 1, 2)
  let angle = iota(time)[:, none] / base ** (2 * iota(pairs) / d)
  return (stack([sin(angle), cos(angle)], axis = -1) |> reshape([time, 2 * pairs]))[:, :d]
}

/// x + `sinusoidal`, then dropout.
block positional_encoding(base: float = 10000, drop: float = 0)(x: [..., time, d]) -> [..., time, d] =
  x + sinusoidal(time, d, base) |> dropout(drop)

/// x plus a learned row for each position: `weight` [context, d], of which the first `time` rows are used. Gehring et al., 2017.
block learned_positions(context: int, init: block = normal(std = 0.02))(x: [..., time, d]) -> [..., time, d] {
  param weight: [context, d] = init
  return x + weight[:time]
}

/// Turns each pair of numbers of a query or key [..., time, d] by its position times base^(−2j / d), so that products of the
/// two see the distance alone. Pairs are `"neighbours"` (2j, 2j + 1), as in the paper, or `"halves"` (j, j + d / 2), as in
/// GPT-NeoX and Llama. Su et al., 2021.
block rotary(base: float = 10000, pairs: "neighbours" | "halves" = "neighbours")(x: [...s, time, d]) -> [...s, time, d] {
  let angle = iota(time)[:, none] / base ** (2 * iota(d / 2) / d)
  let (across, along) = (cos(angle), sin(angle))
  if pairs == "halves" {
    let (a, b) = x |> split(2)
    return concat([a * across - b * along, b * across + a * along], axis = -1)
  }
  let both = x |> reshape([...s, time, d / 2, 2])
  let (a, b) = (both[..., 0], both[..., 1])
  return stack([a * across - b * along, b * across + a * along], axis = -1) |> reshape([...s, time, d])
}
