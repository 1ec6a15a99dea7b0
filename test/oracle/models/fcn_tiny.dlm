data given = synthetic(3) {
  field x: [1, 12, 12] = zeros([1, 12, 12])
  field y: i32[12, 12] = i32(zeros([12, 12]))
}

model Net(x: [batch, 1, 12, 12]) -> (logits: [batch, 3, 12, 12]) {
  let conv1 = conv(6, 3, stride = 2, padding = 1)
  let conv2 = conv(8, 3, stride = 2, padding = 1)
  let score = conv(3, 1)
  let up = conv_transpose(3, 8, stride = 4, padding = 2)
  return x |> conv1 |> relu |> conv2 |> relu |> score |> up
}

train net = Net on given {
  loss = channel_cross_entropy(logits, y)
  optimizer = sgd(lr = 0.2)
  batch = 3
  epochs = 1
}
