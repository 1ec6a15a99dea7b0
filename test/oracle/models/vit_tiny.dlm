data given = synthetic(4) {
  field x: [1, 16, 16] = zeros([1, 16, 16])
  field y: i32[] = 0
}

block encoder(heads: int, inner: int)(x: [n, t, d]) -> [n, t, d] {
  let ln1 = layer_norm
  let ln2 = layer_norm
  let qkv = dense(3 * d)
  let proj = dense(d)
  let fc = dense(inner)
  let fc_proj = dense(d)
  let (q, k, v) = x |> ln1 |> qkv |> rearrange("n t (three heads e) -> three n heads t e", three = 3, heads = heads) |> split(3, axis = 0)
  let weights = einsum("o n h i e, o n h j e -> o n h i j")(q, k) / sqrt(d / heads) |> softmax
  let joined = einsum("o n h i j, o n h j e -> o n h i e")(weights, v)
    |> rearrange("one n heads t e -> n t (one heads e)")
  let x = x + proj(joined)
  return x + (x |> ln2 |> fc |> gelu |> fc_proj)
}

model Net(x: [batch, 1, 16, 16]) -> (logits: [batch, 6]) {
  let patch = conv(16, 4, stride = 4)
  param cls: [1, 1, 16] = zeros
  param pos: [1, 17, 16] = zeros
  let blocks = [encoder(4, 32), encoder(4, 32)]
  let ln = layer_norm
  let fc = dense(6)
  let tokens = x |> patch |> rearrange("n d i j -> n (i j) d")
  let h = concat([expand([batch, 1, 16])(cls), tokens], axis = 1) + pos |> chain(blocks)
  return h[:, 0] |> ln |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = adam(lr = 0.003, eps = 1e-6)
  batch = 4
  epochs = 1
}
