/// ResNet-18 in the form for small images: a 3×3 stem without pooling, four stages of two residual blocks.

let rows = 16

data images = synthetic(rows) {
  field x: [3, 32, 32] = uniform([3, 32, 32], from = -1, to = 1)
  field label: i32[] = i32(floor(10 * uniform([])))
}

/// Two 3×3 convolutions; a 1×1 convolution fits the shortcut where the shape changes.
block basic(channels: int, stride: int = 1)(x: [n, c, h, w]) -> [n, channels, ...] {
  let main = x |> conv(channels, 3, stride = stride, padding = 1, use_bias = false) |> batch_norm |> relu
    |> conv(channels, 3, padding = 1, use_bias = false) |> batch_norm
  let shortcut = if stride == 1 and c == channels then x
    else x |> conv(channels, 1, stride = stride, use_bias = false) |> batch_norm
  return relu(main + shortcut)
}

model ResNet18(x: [batch, 3, 32, 32]) -> (logits: [batch, 10]) =
  x |> conv(64, 3, padding = 1, use_bias = false) |> batch_norm |> relu
    |> basic(64) |> basic(64)
    |> basic(128, stride = 2) |> basic(128)
    |> basic(256, stride = 2) |> basic(256)
    |> basic(512, stride = 2) |> basic(512)
    |> global_avg_pool |> dense(10)

train ResNet18 on images {
  loss      = cross_entropy(logits, label)
  optimizer = sgd(lr = 0.1)
  batch     = 16
  epochs    = 1
}
