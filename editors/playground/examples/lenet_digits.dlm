/// LeNet-5 (LeCun et al., 1998) with rectified units, on digits that the program draws itself.
/// Train it, then draw a digit of your own: the bars show what the network sees in it.

data drawn = digits(12000, seed = 0) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

model LeNet(classes: int = 10)(image: [batch, 1, 28, 28]) -> (logits: [batch, classes]) =
  image
    |> conv(6, 5, padding = 2) |> relu |> max_pool(2)
    |> conv(16, 5) |> relu |> max_pool(2)
    |> flatten |> dense(120) |> relu |> dense(84) |> relu |> dense(classes)

train LeNet on drawn {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = cosine(from = 2e-3, to = 0))
  batch     = 64
  epochs    = 6
}
