data given = synthetic(10) {
  field x: [7] = zeros([7])
  field y: [1] = zeros([1])
}

model Net(x: [batch, d]) -> (logits: [batch, 1]) {
  let linear = dense(1)
  return linear(x)
}

train net = Net on given {
  loss = mse(logits, y) / 2
  optimizer = sgd(lr = 0.1)
  batch = 10
  epochs = 1
}
