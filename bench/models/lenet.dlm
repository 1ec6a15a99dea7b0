/// LeNet-5 on images of 28×28: sigmoids and average pooling, as its authors had them.

let rows = 256

data images = synthetic(rows) {
  field x: [1, 28, 28] = uniform([1, 28, 28], from = -1, to = 1)
  field label: i32[] = i32(floor(10 * uniform([])))
}

model LeNet(x: [batch, 1, 28, 28]) -> (logits: [batch, 10]) =
  x |> conv(6, 5, padding = 2) |> sigmoid |> avg_pool(2)
    |> conv(16, 5) |> sigmoid |> avg_pool(2)
    |> flatten |> dense(120) |> sigmoid |> dense(84) |> sigmoid |> dense(10)

train LeNet on images {
  loss      = cross_entropy(logits, label)
  optimizer = sgd(lr = 0.1)
  batch     = 256
  epochs    = 1
}
