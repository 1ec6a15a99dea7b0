data given = synthetic(6) {
  field x: [1, 16, 16] = zeros([1, 16, 16])
  field y: i32[] = 0
}

model Net(x: [batch, 1, 16, 16]) -> (logits: [batch, 10]) {
  let convs = [
    conv(8, 3, padding = 1),
    conv(12, 3, padding = 1),
    conv(12, 3, padding = 1),
    conv(16, 3, padding = 1),
    conv(16, 3, padding = 1),
  ]
  let fc1 = dense(32)
  let fc2 = dense(32)
  let fc3 = dense(10)
  let features = x |> convs[0] |> relu |> max_pool(2)
    |> convs[1] |> relu |> convs[2] |> relu |> max_pool(2)
    |> convs[3] |> relu |> convs[4] |> relu |> max_pool(2)
  return features |> flatten |> fc1 |> relu |> fc2 |> relu |> fc3
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.05)
  batch = 6
  epochs = 1
}
