/// Network in network (Lin et al., 2014): no dense layer, the last block has a channel a class, and its mean is the answer.
///
///     npx dlmc summary examples/nin.dlm --model NiN
///     npx dlmc train examples/nin.dlm
///
/// Recorded on wasm, one thread, seed 0: 91.8 % of Fashion-MNIST's test images after 5 epochs, 8.4 minutes of processor time.

/// For images of 224×224, with AlexNet's windows.
model NiN(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) {
  let halve = max_pool(3, stride = 2)
  return image
    |> nin_block(96, 11, stride = 4) |> halve |> nin_block(256, 5, padding = 2) |> halve
    |> nin_block(384, 3, padding = 1) |> halve |> dropout(0.5) |> nin_block(classes, 3, padding = 1)
    |> global_avg_pool
}

/// For 28×28, with batch norm.
model SmallNiN(classes: int = 10)(image: [batch, c, h, w]) -> (logits: [batch, classes]) {
  let halve = max_pool(3, stride = 2, padding = 1)
  return image
    |> nin_block(24, 5, padding = 2, norm = true) |> halve |> nin_block(48, 3, padding = 1, norm = true) |> halve
    |> nin_block(64, 3, padding = 1, norm = true) |> dropout(0.3) |> conv(classes, 1)
    |> global_avg_pool
}

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

train SmallNiN on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adamw(lr = cosine(from = 3e-3, to = 0), weight_decay = 1e-2)
  batch     = 128
  epochs    = 5
}
