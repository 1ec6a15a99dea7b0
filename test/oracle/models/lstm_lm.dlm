data given = synthetic(4) {
  field x: i32[10] = zeros([10], dtype = i32)
  field y: i32[10] = zeros([10], dtype = i32)
}

model Net(x: i32[batch, time]) -> (logits: [batch, time, 30]) {
  let emb = embedding(30, 12)
  let rnn = lstm(20, layers = 2)
  let fc = dense(30)
  return x |> emb |> rnn |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 1)
  clip = norm(1)
  batch = 4
  epochs = 1
}
