data given = synthetic(5) {
  field x: i32[9] = zeros([9], dtype = i32)
  field y: i32[] = 0
}

model Net(x: i32[batch, time]) -> (logits: [batch, 2]) {
  let emb = embedding(40, 10)
  let lstm = lstm(12, layers = 2, bidirectional = true)
  let fc = dense(2)
  let y = x |> emb |> lstm
  return concat([y[:, 0], y[:, -1]], axis = -1) |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.5)
  batch = 5
  epochs = 1
}
