data given = synthetic(4) {
  field x: i32[12] = zeros([12], dtype = i32)
  field y: i32[12] = zeros([12], dtype = i32)
}

model Net(x: i32[batch, time]) -> (logits: [batch, time, 26]) {
  let gpt = gpt(26, 12, width = 24, heads = 3, depth = 2, tied = false)
  return gpt(x)
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = adamw(lr = 3e-3, beta2 = 0.95, eps = 1e-6, weight_decay = 0.1)
  batch = 4
  epochs = 1
}
