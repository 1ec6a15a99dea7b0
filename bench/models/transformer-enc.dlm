/// A Transformer encoder that sorts texts of 64 tokens into two classes: width 128, 4 heads, 2 layers, normalised after.

let rows = 32

data texts = synthetic(rows) {
  field tokens: i32[64] = i32(floor(1000 * uniform([64])))
  field label: i32[] = i32(floor(2 * uniform([])))
}

/// Self-attention with one projection for queries, keys and values together.
block attention(heads: int)(x: [b, t, d]) -> [b, t, d] {
  let (q, k, v) = x |> dense(3 * d) |> rearrange("b t (three h e) -> three b h t e", three = 3, h = heads) |> split(3, axis = 0)
  let weights = softmax(einsum("one b h i e, one b h j e -> b h i j")(q, k) / sqrt(d / heads))
  return einsum("b h i j, one b h j e -> b i h e")(weights, v) |> rearrange("b i h e -> b i (h e)") |> dense(d)
}

block encoder(heads: int, hidden: int)(x: [b, t, d]) -> [b, t, d] {
  let x = layer_norm(x + attention(heads)(x))
  return layer_norm(x + (x |> dense(hidden) |> relu |> dense(d)))
}

/// Sines and cosines of falling frequency, one pair for every two channels.
block positions(time: int, d: int) -> [time, d] {
  let angle = iota(time)[:, none] / 10000.0 ** (2 * iota(d / 2) / d)
  return stack([sin(angle), cos(angle)], axis = -1) |> reshape([time, d])
}

model Encoder(tokens: i32[batch, t]) -> (logits: [batch, 2]) {
  let width = 128
  let x = embedding(1000, width)(tokens) * sqrt(width) + positions(t, width)
  return x |> encoder(4, 512) |> encoder(4, 512) |> mean(axis = 1) |> dense(2)
}

train Encoder on texts {
  loss      = cross_entropy(logits, label)
  optimizer = adam(lr = 1e-3)
  batch     = 32
  epochs    = 1
}
