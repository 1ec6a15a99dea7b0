data given = synthetic(5) {
  field x: i32[11] = zeros([11], dtype = i32)
  field y: i32[] = 0
}

model Net(x: i32[batch, time]) -> (logits: [batch, 2]) {
  let emb = embedding(40, 8)
  let const_emb = embedding(40, 8)
  let cnn = text_cnn([3, 4, 5], 6)
  let fc = dense(2)
  return concat([emb(x), const_emb(x)], axis = -1) |> cnn |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = { "const_emb.*" = none, "*" = sgd(lr = 0.3) }
  batch = 5
  epochs = 1
}
