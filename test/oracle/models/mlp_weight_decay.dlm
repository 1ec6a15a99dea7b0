data given = synthetic(12) {
  field x: [20] = zeros([20])
  field y: i32[] = 0
}

model Net(x: [batch, 20]) -> (logits: [batch, 4]) {
  let layers = [dense(16), dense(12), dense(4)]
  return x |> layers[0] |> tanh |> layers[1] |> tanh |> layers[2]
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = {
    "*.weight" = sgd(lr = 0.2, momentum = 0.9, weight_decay = 0.05),
    "*" = sgd(lr = 0.2, momentum = 0.9),
  }
  batch = 12
  epochs = 1
}
