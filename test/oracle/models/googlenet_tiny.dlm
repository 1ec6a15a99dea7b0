data given = synthetic(5) {
  field x: [1, 16, 16] = zeros([1, 16, 16])
  field y: i32[] = 0
}

block inception(c1: int, c2: (int, int), c3: (int, int), c4: int)(x: [n, c, h, w]) -> [n, c1 + c2[1] + c3[1] + c4, h, w] {
  let b1_1 = conv(c1, 1)
  let b2_1 = conv(c2[0], 1)
  let b2_2 = conv(c2[1], 3, padding = 1)
  let b3_1 = conv(c3[0], 1)
  let b3_2 = conv(c3[1], 5, padding = 2)
  let b4_2 = conv(c4, 1)
  return concat([
    x |> b1_1 |> relu,
    x |> b2_1 |> relu |> b2_2 |> relu,
    x |> b3_1 |> relu |> b3_2 |> relu,
    x |> max_pool(3, stride = 1, padding = 1) |> b4_2 |> relu,
  ], axis = 1)
}

model Net(x: [batch, 1, 16, 16]) -> (logits: [batch, 10]) {
  let stem = conv(8, 3, padding = 1)
  let inceptions = [inception(4, (4, 8), (2, 4), 4), inception(6, (4, 8), (2, 6), 4)]
  let fc = dense(10)
  let halve = max_pool(3, stride = 2, padding = 1)
  return x |> stem |> relu |> halve |> inceptions[0] |> halve |> inceptions[1] |> global_avg_pool |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.1)
  batch = 5
  epochs = 1
}
