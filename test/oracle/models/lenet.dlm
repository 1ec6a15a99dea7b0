data given = synthetic(4) {
  field x: [1, 28, 28] = zeros([1, 28, 28])
  field y: i32[] = 0
}

model Net(x: [batch, 1, 28, 28]) -> (logits: [batch, 10]) {
  let conv1 = conv(6, 5, padding = 2)
  let conv2 = conv(16, 5)
  let fc1 = dense(40)
  let fc2 = dense(30)
  let fc3 = dense(10)
  let features = x |> conv1 |> sigmoid |> avg_pool(2) |> conv2 |> sigmoid |> avg_pool(2)
  return features |> flatten |> fc1 |> sigmoid |> fc2 |> sigmoid |> fc3
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.5)
  batch = 4
  epochs = 1
}
