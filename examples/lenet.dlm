/// LeNet-5 on Fashion-MNIST (LeCun et al., 1998): two convolutions, three dense layers, sigmoids.
///
///     npx dlmc check examples/lenet.dlm
///     npx dlmc summary examples/lenet.dlm
///     npx dlmc train examples/lenet.dlm
///
/// With sigmoids and this rate the default initialiser stays at chance for many epochs; Xavier's learns at once.

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

let wide = conv(init = xavier_uniform)
let full = dense(init = xavier_uniform)

model LeNet(classes: int = 10)(image: [batch, 1, 28, 28]) -> (logits: [batch, classes]) =
  image
    |> wide(6, 5, padding = 2) |> sigmoid |> avg_pool(2)
    |> wide(16, 5) |> sigmoid |> avg_pool(2)
    |> flatten |> full(120) |> sigmoid |> full(84) |> sigmoid |> full(classes)

train LeNet on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = sgd(lr = 0.9)
  batch     = 256
  epochs    = 10
}
