/// A small U-Net (Ronneberger et al., 2015): every pixel of a noisy picture is to be told as background, disc or square.
/// Places and sizes are drawn; where the two overlap the square lies above.

data shapes = synthetic(800, seed = 0) {
  let rows = iota(32)[:, none]
  let columns = iota(32)[none, :]
  let at = 6 + 20 * uniform([4])
  let radius = 3 + 4 * uniform([])
  let half = 3 + 3 * uniform([])
  let disc = (rows - at[0]) ** 2 + (columns - at[1]) ** 2 <= radius ** 2
  let square = abs(rows - at[2]) <= half and abs(columns - at[3]) <= half
  field kind: i32[32, 32] = where(square, 2, where(disc, 1, 0))
  field image: [1, 32, 32] = (0.5 * f32(disc or square) + 0.2 * normal([32, 32]))[none]
  split = holdout(validation = 0.2)
}

/// Two times down and up.
model SmallUNet(width: int = 8, classes: int = 3)(image: [batch, 1, h, w]) -> (logits: [batch, classes, h, w]) {
  let inc = double_conv(width)
  let down = [unet_down(2 * width), unet_down(4 * width)]
  let up = [unet_up(2 * width), unet_up(width)]
  let outc = conv(classes, 1)
  let x1 = image |> inc
  let x2 = x1 |> down[0]
  let x3 = x2 |> down[1]
  let y2 = up[0](x3, x2)
  return up[1](y2, x1) |> outc
}

train SmallUNet on shapes {
  let guess = argmax(logits, axis = 1)
  loss      = channel_cross_entropy(logits, kind)
  metrics   = { accuracy = average(guess == kind) }
  optimizer = adam(lr = cosine(from = 3e-3, to = 0))
  batch     = 16
  epochs    = 6
}
