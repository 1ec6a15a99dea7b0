data given = synthetic(6) {
  field x: [1, 16, 16] = zeros([1, 16, 16])
  field y: i32[] = 0
}

block grow(x: [n, c, h, w]) -> [n, c + 4, h, w] {
  let bn = batch_norm
  let conv = conv(4, 3, padding = 1)
  return concat([x, x |> bn |> relu |> conv], axis = 1)
}

block transition(x: [n, c, h, w]) -> [n, div(c, 2), ...] {
  let bn = batch_norm
  let conv = conv(div(c, 2), 1)
  return x |> bn |> relu |> conv |> avg_pool(2)
}

model Net(x: [batch, 1, 16, 16]) -> (logits: [batch, 10]) {
  let fc = dense(10)
  let conv = conv(8, 3, padding = 1)
  let bn = batch_norm
  let dense = [[grow, grow], [grow, grow]]
  let transitions = [transition]
  let bn_last = batch_norm
  return x |> conv |> bn |> relu |> max_pool(3, stride = 2, padding = 1)
    |> dense[0][0] |> dense[0][1] |> transitions[0] |> dense[1][0] |> dense[1][1]
    |> bn_last |> relu |> global_avg_pool |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.1)
  batch = 6
  epochs = 1
}
