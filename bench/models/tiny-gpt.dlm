/// A small GPT on windows of 64 characters: width 128, 4 heads, 4 layers, normalised before, GELU by tanh.

let rows = 16

data texts = synthetic(rows) {
  field tokens: i32[64] = i32(floor(65 * uniform([64])))
  field label: i32[64] = i32(floor(65 * uniform([64])))
}

/// Self-attention that looks back only, with one projection for queries, keys and values together.
block attention(heads: int)(x: [b, t, d]) -> [b, t, d] {
  let (q, k, v) = x |> dense(3 * d) |> rearrange("b t (three h e) -> three b h t e", three = 3, h = heads) |> split(3, axis = 0)
  let scores = einsum("one b h i e, one b h j e -> b h i j")(q, k) / sqrt(d / heads)
  let weights = masked_softmax(scores, iota(t)[none, :] <= iota(t)[:, none])
  return einsum("b h i j, one b h j e -> b i h e")(weights, v) |> rearrange("b i h e -> b i (h e)") |> dense(d)
}

block layer(heads: int)(x: [b, t, d]) -> [b, t, d] {
  let x = x + (x |> layer_norm |> attention(heads))
  return x + (x |> layer_norm |> dense(4 * d) |> gelu(approximate = "tanh") |> dense(d))
}

model GPT(tokens: i32[batch, t]) -> (logits: [batch, t, 65]) {
  let width = 128
  param places: [64, width] = normal(std = 0.02)
  let x = embedding(65, width)(tokens) + places[:t]
  return x |> repeat(4, layer(4)) |> layer_norm |> dense(65, use_bias = false)
}

train GPT on texts {
  loss      = cross_entropy(logits, label)
  optimizer = adam(lr = 1e-3)
  batch     = 16
  epochs    = 1
}
