data given = synthetic(4) {
  field x: [1, 32, 32] = zeros([1, 32, 32])
  field y: i32[] = 0
}

model Net(x: [batch, 1, 32, 32]) -> (logits: [batch, 10]) {
  let conv1 = conv(6, 7, stride = 2, padding = 1)
  let conv2 = conv(10, 5, padding = 2)
  let conv3 = conv(12, 3, padding = 1)
  let conv4 = conv(12, 3, padding = 1)
  let conv5 = conv(10, 3, padding = 1)
  let fc1 = dense(24)
  let fc2 = dense(24)
  let fc3 = dense(10)
  let features = x |> conv1 |> relu |> max_pool(3, stride = 2) |> conv2 |> relu |> max_pool(3, stride = 2)
    |> conv3 |> relu |> conv4 |> relu |> conv5 |> relu |> max_pool(2)
  return features |> flatten |> fc1 |> relu |> fc2 |> relu |> fc3
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.05)
  batch = 4
  epochs = 1
}
