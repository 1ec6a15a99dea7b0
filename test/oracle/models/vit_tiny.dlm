data given = synthetic(4) {
  field x: [1, 16, 16] = zeros([1, 16, 16])
  field y: i32[] = 0
}

model Net(x: [batch, 1, 16, 16]) -> (logits: [batch, 6]) {
  let vit = vit(6, 4, width = 16, heads = 4, depth = 2, hidden = 32)
  return vit(x)
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = adam(lr = 3e-3, eps = 1e-6)
  batch = 4
  epochs = 1
}
