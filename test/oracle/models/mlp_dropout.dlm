data given = synthetic(12) {
  field x: [30] = zeros([30])
  field y: i32[] = 0
  field mask0: bool[24] = zeros([24]) == 0
  field mask1: bool[16] = zeros([16]) == 0
}

/// Dropout whose choice is given: what `mask` keeps is divided by 1 − p.
block drop_where(p: float)(x: [...s], mask: bool[...s]) -> [...s] =
  if training then where(mask, x / (1 - p), 0) else x

model Net(x: [batch, 30], mask0: bool[batch, 24], mask1: bool[batch, 16]) -> (logits: [batch, 5]) {
  let layers = [dense(24), dense(16), dense(5)]
  let h = drop_where(0.2)(x |> layers[0] |> relu, mask0)
  return drop_where(0.5)(h |> layers[1] |> relu, mask1) |> layers[2]
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.1)
  batch = 12
  epochs = 1
}
