data given = synthetic(4) {
  field x: i32[10] = zeros([10], dtype = i32)
  field y: i32[10] = zeros([10], dtype = i32)
}

model Net(x: i32[batch, time]) -> (logits: [batch, time, 24]) {
  let gpt = gpt(24, 10, width = 16, heads = 2, depth = 2)
  return gpt(x)
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = adamw(lr = 3e-3, beta2 = 0.95, eps = 1e-6, weight_decay = 0.1)
  batch = 4
  epochs = 1
}
