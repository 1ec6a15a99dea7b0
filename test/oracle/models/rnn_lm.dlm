data given = synthetic(4) {
  field x: i32[12] = zeros([12], dtype = i32)
  field y: i32[12] = zeros([12], dtype = i32)
}

model Net(x: i32[batch, time]) -> (logits: [batch, time, 28]) {
  let rnn = rnn(32)
  let fc = dense(28)
  return x |> one_hot(28) |> rnn |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 1)
  clip = norm(1)
  batch = 4
  epochs = 1
}
