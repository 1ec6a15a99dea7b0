data given = synthetic(5) {
  field x: i32[11] = zeros([11], dtype = i32)
  field y: i32[] = 0
}

model Net(x: i32[batch, time]) -> (logits: [batch, 2]) {
  let emb = embedding(40, 8)
  let const_emb = embedding(40, 8)
  let convs = map([3, 4, 5], kernel => conv(6, kernel))
  let fc = dense(2)
  let both = concat([emb(x), const_emb(x)], axis = -1) |> transpose
  return concat(map(convs, conv => both |> conv |> relu |> global_max_pool), axis = 1) |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = { "const_emb.*" = none, "*" = sgd(lr = 0.3) }
  batch = 5
  epochs = 1
}
