/// A small network as people write one: long lines broken at the operators, several items on a line.
import { digits } from "./digits.dlm"

let widths = [64, 128, 256]

/// Two convolutions and a way around them.
block unit(channels: int, stride: int = 1)(x: [n, c, h, w]) -> [n, channels, ...] {
  let main = x
    |> conv(channels, 3, stride = stride, padding = 1, use_bias = false) |> batch_norm |> relu
    |> conv(channels, 3, padding = 1, use_bias = false) |> batch_norm
  let around = if stride == 1 and c == channels then x
    else x |> conv(channels, 1, stride = stride)
  return relu(main + around)
}

/// Runs a cell over time.
block over_time(cell: block, hidden: int)(x: [batch, time, d]) -> [batch, time, hidden] {
  let start = zeros([batch, hidden])
  let (outputs, last) = scan((x_t, h) => {
    let h = cell(hidden)(x_t, h)
    return (h, h)
  }, axis = 1)(x, start)
  if not training { return outputs }
  return outputs + 0 * last[:, none]
}

model Net(classes: int = 10)(image: [batch, 1, h, w]) -> (logits: [batch, classes]) {
  let body = conv(64, 7, stride = 2, padding = 3) |> chain(map(widths, k => unit(k, stride = 2)))
  let head = dense(classes)
  return image |> body |> global_avg_pool |> head
}

train Net on digits {
  loss      = cross_entropy(logits, label, smoothing = 0.1)
  metrics   = { accuracy = accuracy(logits, label), error = 1 - accuracy(logits, label) }
  optimizer = { "*.bias" = sgd(lr = 0.1),
                "*" = sgd(lr = warmup(200, cosine(from = 0.1, to = 0)), momentum = 0.9) }
  batch     = 128  epochs = 30
  best      = highest(validation.accuracy)
}
