// Augmentation that mixes the examples of a batch. It needs pairs of examples, so it stands in a model, not in a field; targets are
// shares of classes, for `soft_cross_entropy`. Outside training images stay as they are and targets are the labels, one-hot:
//
//     model Mixed(image: [batch, 3, 32, 32], label: i32[batch]) -> (logits: [batch, 10], target: [batch, 10]) {
//       let (mixed, target) = cutmix(10)(image, label)
//       return (mixed |> body, target)
//     }

/// Every image blended with the one before it in the (shuffled) batch, share · image + (1 − share) · other, and so its label; one
/// share for the batch, drawn from Beta(alpha, alpha). Zhang et al., 2018; torchvision: MixUp.
block mixup(classes: int, alpha: float = 1.0)(image: [n, ...s], label: i32[n]) -> (image: [n, ...s], target: [n, classes]) {
  let target = one_hot(label, classes = classes)
  if not training { return (image, target) }
  let share = beta(alpha)
  return (share * image + (1 - share) * before(image), share * target + (1 - share) * before(target))
}

/// A rectangle of every image taken from the one before it in the (shuffled) batch, and as much of its label; one rectangle for the
/// batch, of the share of the area that Beta(alpha, alpha) draws, around a random pixel, cut off at the border. Yun et al., 2019;
/// torchvision: CutMix.
block cutmix(classes: int, alpha: float = 1.0)
  (image: [n, c, h, w], label: i32[n]) -> (image: [n, c, h, w], target: [n, classes]) {
  let target = one_hot(label, classes = classes)
  if not training { return (image, target) }
  let reach = 0.5 * sqrt(1 - beta(alpha))
  let rows = within(h)(floor(reach * h))
  let columns = within(w)(floor(reach * w))
  let share = 1 - mean(f32(rows)) * mean(f32(columns))
  let mixed = where(rows[:, none] and columns[none, :], before(image), image)
  return (mixed, share * target + (1 - share) * before(target))
}

/// Which of 0 … n − 1 lie less than `reach` before a number drawn among them, or up to it after.
block within(n: int)(reach: []) -> bool[n] {
  let centre = random_int(n)
  return iota(n) >= centre - reach and iota(n) < centre + reach
}

/// Each example of a batch replaced by the one before it, the first by the last.
block before(x: [n, ...s]) -> [n, ...s] = take(x, (iota(n) + (n - 1)) % n, axis = 0)

/// A draw from the distribution Beta(alpha, alpha): a / (a + b) for two draws a and b from Gamma(alpha).
block beta(alpha: float) -> [] = sigmoid(log_gamma_draw(alpha) - log_gamma_draw(alpha))

/// The logarithm of a draw from Gamma(alpha), so that a small alpha does not underflow. Eight attempts for Gamma(alpha + 1), each
/// accepted nineteen times of twenty or more, then brought down to alpha. Marsaglia and Tsang, 2000.
block log_gamma_draw(alpha: float) -> [] {
  let d = alpha + 2 / 3.0
  let x = normal([8])
  let v = (1 + x / sqrt(9 * d)) ** 3
  let log_v = log(max(v, 1e-30))
  let accepted = v > 0 and log(1 - uniform([8])) < 0.5 * x * x + d - d * v + d * log_v
  let first = argmax(i32(accepted))
  return log(d) + log_v[first] + log(1 - uniform([])) / alpha
}
