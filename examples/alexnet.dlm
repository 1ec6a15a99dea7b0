/// AlexNet (Krizhevsky et al., 2012, in the form of 2014 that runs on one device): of full size, and reduced to Fashion-MNIST.
///
///     npx dlmc summary examples/alexnet.dlm --model AlexNet
///     npx dlmc train examples/alexnet.dlm

/// For images of 224×224. Parameters are called as torchvision calls them: `features.0.weight`, `classifier.1.weight`, ….
model AlexNet(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) {
  let features = [
    conv(64, 11, stride = 4, padding = 2), relu, max_pool(3, stride = 2),
    conv(192, 5, padding = 2), relu, max_pool(3, stride = 2),
    conv(384, 3, padding = 1), relu,
    conv(256, 3, padding = 1), relu,
    conv(256, 3, padding = 1), relu, max_pool(3, stride = 2),
  ]
  let classifier = [dropout, dense(4096), relu, dropout, dense(4096), relu, dense(classes)]
  return image |> chain(features) |> adaptive_avg_pool(6) |> flatten |> chain(classifier)
}

/// The same order of layers with smaller windows and fewer channels.
model SmallAlexNet(classes: int = 10)(image: [batch, 1, 28, 28]) -> (logits: [batch, classes]) =
  image
    |> conv(32, 5, padding = 2) |> relu |> max_pool(3, stride = 2)
    |> conv(64, 5, padding = 2) |> relu |> max_pool(3, stride = 2)
    |> chain(map([96, 64, 64], channels => conv(channels, 3, padding = 1) |> relu)) |> max_pool(3, stride = 2)
    |> flatten |> repeat(2, dropout(0.5) |> dense(256) |> relu) |> dense(classes)

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

train SmallAlexNet on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = cosine(from = 1e-3, to = 0))
  batch     = 128
  epochs    = 5
}
