/// A small VGG on images of 3×32×32: 3×3 convolutions with 16, 32, 64 and 64 channels, then 256 units with dropout.

let rows = 64
/// Share of the units that a step leaves out; 0 makes steps comparable number by number.
let drop = 0.5

data images = synthetic(rows) {
  field x: [3, 32, 32] = uniform([3, 32, 32], from = -1, to = 1)
  field label: i32[] = i32(floor(10 * uniform([])))
}

block stage(channels: int)(x: [n, c, h, w]) -> [n, channels, h, w] =
  x |> conv(channels, 3, padding = 1) |> relu

model VGG(x: [batch, 3, 32, 32]) -> (logits: [batch, 10]) =
  x |> stage(16) |> max_pool(2)
    |> stage(32) |> max_pool(2)
    |> stage(64) |> stage(64) |> max_pool(2)
    |> flatten |> dense(256) |> relu |> dropout(drop) |> dense(10)

train VGG on images {
  loss      = cross_entropy(logits, label)
  optimizer = sgd(lr = 0.1)
  batch     = 64
  epochs    = 1
}
