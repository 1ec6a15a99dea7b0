data given = synthetic(16) {
  field x: [1, 12, 12] = zeros([1, 12, 12])
  field y: i32[] = 0
}

model Net(x: [batch, c, h, w]) -> (logits: [batch, 10]) {
  let layers = [dense(32), dense(10)]
  return x |> flatten |> layers[0] |> relu |> layers[1]
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.1)
  batch = 16
  epochs = 1
}
