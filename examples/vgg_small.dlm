/// A small VGG on Fashion-MNIST (after Simonyan and Zisserman, 2015): stages of 3×3 convolutions and a pool each, with
/// batch norm, a dense layer and dropout. The rate falls to 0 along a cosine.
///
///     npx dlmc train examples/vgg_small.dlm

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

block layer(channels: int)(x: [n, c, h, w]) -> [n, channels, h, w] =
  x |> conv(channels, 3, padding = 1, use_bias = false) |> batch_norm |> relu

model SmallVGG(classes: int = 10)(image: [batch, 1, 28, 28]) -> (logits: [batch, classes]) =
  image
    |> layer(16) |> max_pool(2)
    |> layer(32) |> max_pool(2)
    |> layer(64) |> layer(64) |> max_pool(2)
    |> flatten |> dense(256) |> relu |> dropout(0.5) |> dense(classes)

train SmallVGG on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adamw(lr = cosine(from = 2e-3, to = 0), weight_decay = 1e-2)
  batch     = 128
  epochs    = 6
}
