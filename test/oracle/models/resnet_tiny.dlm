data given = synthetic(6) {
  field x: [1, 12, 12] = zeros([1, 12, 12])
  field y: i32[] = 0
}

block basic(channels: int, shortcut: bool = false, stride: int = 1)(x: [n, c, h, w]) -> [n, channels, ...] {
  let conv1 = conv(channels, 3, stride = stride, padding = 1)
  let bn1 = batch_norm
  let conv2 = conv(channels, 3, padding = 1)
  let bn2 = batch_norm
  let main = x |> conv1 |> bn1 |> relu |> conv2 |> bn2
  if not shortcut { return relu(main + x) }
  let conv3 = conv(channels, 1, stride = stride)
  return relu(main + conv3(x))
}

model Net(x: [batch, 1, 12, 12]) -> (logits: [batch, 10]) {
  let conv = conv(8, 3, padding = 1)
  let bn = batch_norm
  let blocks = [basic(8), basic(16, shortcut = true, stride = 2), basic(16)]
  let fc = dense(10)
  return x |> conv |> bn |> relu |> blocks[0] |> blocks[1] |> blocks[2] |> global_avg_pool |> fc
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.1)
  batch = 6
  epochs = 1
}
