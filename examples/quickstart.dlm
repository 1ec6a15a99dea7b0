/// Handwritten digits, with no file and no network: the reader `digits` draws them from strokes with random slant, thickness,
/// shift and noise. A small convolutional network learns them in under a minute.
///
///     npx dlmc train examples/quickstart.dlm

let drawings = 10000

data drawn = digits(drawings, seed = 0) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

model Digits(classes: int = 10)(image: [batch, 1, h, w]) -> (logits: [batch, classes]) =
  image
    |> conv(8, 5, stride = 2, padding = 2) |> relu
    |> conv(16, 3, stride = 2, padding = 1) |> relu
    |> flatten |> dense(64) |> relu |> dropout(0.2) |> dense(classes)

train Digits on drawn {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = cosine(from = 3e-3, to = 0))
  batch     = 64
  epochs    = 8
}
