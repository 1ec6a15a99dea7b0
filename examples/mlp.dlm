/// A multilayer perceptron on Fashion-MNIST with dropout, and weight decay on the weights alone: over 86 % on the test images.
///
///     npx dlmc train examples/mlp.dlm
///     npx dlmc train examples/mlp.dlm --set hidden=128 --set epochs=3

let hidden = 256

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

/// One hidden layer for each number in `drop`.
model MLP(drop: list[float] = [0.2, 0.5])(image: [batch, ...]) -> (logits: [batch, 10]) =
  image |> flatten
    |> chain(map(drop, p => dense(hidden) |> relu |> dropout(p)))
    |> dense(10)

/// An optimizer for each kind of parameter: the first pattern that fits a parameter's path is the one.
train MLP on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = {
    "*.bias" = sgd(lr = cosine(from = 0.1), momentum = 0.9),
    "*" = sgd(lr = cosine(from = 0.1), momentum = 0.9, weight_decay = 1e-4),
  }
  batch     = 256
  epochs    = 10
}
