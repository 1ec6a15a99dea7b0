/// GoogLeNet (Szegedy et al., 2015) as torchvision builds it: batch norm, 3×3 in the place of 5×5, no auxiliary heads. Of full size,
/// and reduced to Fashion-MNIST.
///
///     npx dlmc summary examples/googlenet.dlm --model GoogLeNet
///     npx dlmc train examples/googlenet.dlm
///
/// Recorded on wasm, one thread, seed 0: 92.0 % of Fashion-MNIST's test images after 5 epochs, 9.5 minutes of processor time.

/// For images of 224×224. Parameters bear torchvision's names: `inception3a.branch2.0.conv.weight`, ….
model GoogLeNet(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) {
  let conv1 = conv_norm(64, 7, stride = 2, padding = 3, eps = 0.001)
  let conv2 = conv_norm(64, 1, eps = 0.001)
  let conv3 = conv_norm(192, 3, padding = 1, eps = 0.001)
  let halve = max_pool(3, stride = 2, ceil = true)
  let inception3a = inception(64, (96, 128), (16, 32), 32)
  let inception3b = inception(128, (128, 192), (32, 96), 64)
  let inception4a = inception(192, (96, 208), (16, 48), 64)
  let inception4b = inception(160, (112, 224), (24, 64), 64)
  let inception4c = inception(128, (128, 256), (24, 64), 64)
  let inception4d = inception(112, (144, 288), (32, 64), 64)
  let inception4e = inception(256, (160, 320), (32, 128), 128)
  let inception5a = inception(256, (160, 320), (32, 128), 128)
  let inception5b = inception(384, (192, 384), (48, 128), 128)
  let fc = dense(classes)
  return image
    |> conv1 |> halve |> conv2 |> conv3 |> halve
    |> inception3a |> inception3b |> halve
    |> inception4a |> inception4b |> inception4c |> inception4d |> inception4e |> max_pool(2, stride = 2, ceil = true)
    |> inception5a |> inception5b |> global_avg_pool |> dropout(0.2) |> fc
}

/// For 28×28: one convolution and three Inception blocks.
model SmallGoogLeNet(classes: int = 10)(image: [batch, c, h, w]) -> (logits: [batch, classes]) {
  let halve = max_pool(3, stride = 2, padding = 1)
  return image
    |> conv_norm(24, 3, padding = 1) |> halve
    |> inception(16, (16, 32), (8, 16), 16) |> inception(24, (24, 48), (8, 24), 16) |> halve
    |> inception(32, (32, 64), (16, 32), 32) |> global_avg_pool |> dropout(0.2) |> dense(classes)
}

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

train SmallGoogLeNet on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adamw(lr = cosine(from = 3e-3, to = 0), weight_decay = 1e-2)
  batch     = 128
  epochs    = 5
}
