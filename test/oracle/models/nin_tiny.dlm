data given = synthetic(6) {
  field x: [1, 16, 16] = zeros([1, 16, 16])
  field y: i32[] = 0
}

model Net(x: [batch, 1, 16, 16]) -> (logits: [batch, 10]) {
  let blocks_0_0 = conv(8, 5, padding = 2)
  let blocks_0_1 = conv(8, 1)
  let blocks_0_2 = conv(8, 1)
  let blocks_1_0 = conv(12, 3, padding = 1)
  let blocks_1_1 = conv(12, 1)
  let blocks_1_2 = conv(12, 1)
  let blocks_2_0 = conv(10, 3, padding = 1)
  let blocks_2_1 = conv(10, 1)
  let blocks_2_2 = conv(10, 1)
  return x |> blocks_0_0 |> relu |> blocks_0_1 |> relu |> blocks_0_2 |> relu |> max_pool(3, stride = 2)
    |> blocks_1_0 |> relu |> blocks_1_1 |> relu |> blocks_1_2 |> relu |> max_pool(3, stride = 2)
    |> blocks_2_0 |> relu |> blocks_2_1 |> relu |> blocks_2_2 |> relu
    |> global_avg_pool
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.1)
  batch = 6
  epochs = 1
}
