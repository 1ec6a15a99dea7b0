/// U-Net (Ronneberger et al., 2015) on drawings: each picture has a disc and a square of the same brightness in noise, and every
/// pixel is to be told as background, disc or square; and on MNIST's digits in noise, where every pixel is background or part of
/// one of ten digits. `UNet` is of the size in common use.
///
///     npx dlmc train examples/u_net.dlm --training drawn
///     npx dlmc train examples/u_net.dlm --training written
///
/// Recorded on wasm, one thread, seed 0: 98.7 % of the validation drawings' pixels after 8 epochs, 24 seconds of processor time; of
/// the test digits 97.7 % of the pixels, and 90.8 % of those within digits, after 2 epochs, 2.6 minutes.

let pictures = 1500

/// Places and sizes are drawn; where the two overlap the square lies above.
data shapes = synthetic(pictures, seed = 0) {
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

/// The pixels of a digit `d` that are brighter than a third are of the kind `d + 1`.
data digits_in_noise = idx("mnist") {
  let clean = image / 255
  field kind: i32[28, 28] = where(clean[0] > 0.33, label + 1, 0)
  field image: [1, 28, 28] = clean + 0.3 * normal([1, 28, 28])
  split = holdout(validation = 0.1)
}

/// Four times down to half the size, and up again with what was seen on the way down. Sizes must be multiples of 16.
model UNet(channels: int = 3, classes: int = 1)(image: [batch, channels, 512, 512]) -> (logits: [batch, classes, 512, 512]) {
  let inc = double_conv(64)
  let down = map([128, 256, 512, 1024], unet_down)
  let up = map([512, 256, 128, 64], unet_up)
  let outc = conv(classes, 1)
  let x1 = image |> inc
  let x2 = x1 |> down[0]
  let x3 = x2 |> down[1]
  let x4 = x3 |> down[2]
  let x5 = x4 |> down[3]
  let y4 = up[0](x5, x4)
  let y3 = up[1](y4, x3)
  let y2 = up[2](y3, x2)
  return up[3](y2, x1) |> outc
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

/// Share of the pixels of either that are both guessed and truly `kind`, over the whole pass: intersection over union.
block overlap(kind: int)(guess: i32[...s], truth: i32[...s]) -> [] {
  let a = guess == kind
  let b = truth == kind
  return average(a and b) / average(a or b)
}

train drawn = SmallUNet on shapes {
  let guess = argmax(logits, axis = 1)
  loss      = channel_cross_entropy(logits, kind)
  metrics   = { accuracy = average(guess == kind), disc = overlap(1)(guess, kind), square = overlap(2)(guess, kind) }
  optimizer = adam(lr = cosine(from = 3e-3, to = 0))
  batch     = 16
  epochs    = 8
}

train written = SmallUNet(classes = 11) on digits_in_noise {
  let guess = argmax(logits, axis = 1)
  let inside = kind != 0
  loss      = channel_cross_entropy(logits, kind)
  metrics   = { accuracy = average(guess == kind), inside = average(guess == kind, where = inside) }
  optimizer = adam(lr = cosine(from = 3e-3, to = 0))
  batch     = 64
  epochs    = 2
}
