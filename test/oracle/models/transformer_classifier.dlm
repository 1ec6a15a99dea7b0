data given = synthetic(5) {
  field x: i32[9] = zeros([9], dtype = i32)
  field len: i32[] = 1
  field y: i32[] = 0
}

model Net(x: i32[batch, time], len: i32[batch]) -> (logits: [batch, 3]) {
  let emb = embedding(40, 16)
  let encoder = transformer_encoder(2, 4, 32, drop = 0)
  let fc = dense(3)
  let real = real_positions(time)(len)
  let y = encoder(emb(x) * sqrt(16) |> positional_encoding, mask = real[:, none, none, :])
  return y |> masked_mean(mask = real) |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = adam(lr = 3e-3, eps = 1e-6)
  batch = 5
  epochs = 1
}
