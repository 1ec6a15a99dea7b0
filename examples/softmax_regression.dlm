/// Softmax regression on Fashion-MNIST: one linear layer from 784 pixels to 10 classes, over 83 % on the test images.
///
///     npx dlmc train examples/softmax_regression.dlm
///
/// The images are downloaded from their source on the first run (31 MB), or taken from $DLM_DATA.

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

model Softmax(classes: int = 10)(image: [batch, ...]) -> (logits: [batch, classes]) =
  image |> flatten |> dense(classes, init = normal(std = 0.01))

train Softmax on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = sgd(lr = cosine(from = 0.5, to = 0))
  batch     = 256
  epochs    = 10
}
