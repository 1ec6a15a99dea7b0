// Residual networks for images. Parameters bear torchvision's names: `conv1.weight`, `bn1.weight`, `downsample.0.weight`, ….

/// Two 3×3 convolutions with batch norm beside a shortcut: relu(shortcut(x) + main(x)). [n, c, h, w] → [n, channels, ⌈h / stride⌉,
/// ⌈w / stride⌉]. The shortcut is x itself where the shape stays, else a 1×1 convolution with batch norm. `gate` is applied to
/// the main branch before the sum, as `squeeze_excite`. He et al., 2016, "Deep residual learning for image recognition".
/// torchvision: BasicBlock.
block basic_block(channels: int, stride: int = 1, gate: block? = none)(x: [n, c, h, w]) -> [n, channels, ...] {
  let gate = if gate == none then (y => y) else gate
  let conv1 = conv(channels, 3, stride = stride, padding = 1, use_bias = false, init = rectified)
  let bn1 = batch_norm
  let conv2 = conv(channels, 3, padding = 1, use_bias = false, init = rectified)
  let bn2 = batch_norm
  let main = x |> conv1 |> bn1 |> relu |> conv2 |> bn2 |> gate
  if stride == 1 and c == channels { return relu(main + x) }
  let downsample = [conv(channels, 1, stride = stride, use_bias = false, init = rectified), batch_norm]
  return relu(main + chain(downsample)(x))
}

/// The block of deep residual networks: 1×1 to the inner width, 3×3, 1×1 to four times `channels`, beside a shortcut.
/// [n, c, h, w] → [n, 4 · channels, ⌈h / stride⌉, ⌈w / stride⌉]. The inner width is channels · width / 64 for each of the
/// `groups` of the 3×3 convolution, which also takes the stride. `gate` as in `basic_block`. He et al., 2016.
/// torchvision: Bottleneck(planes = channels, base_width = width).
block bottleneck(channels: int, stride: int = 1, groups: int = 1, width: int = 64, gate: block? = none)
  (x: [n, c, h, w]) -> [n, 4 * channels, ...] {
  let gate = if gate == none then (y => y) else gate
  let inner = div(channels * width, 64) * groups
  let conv1 = conv(inner, 1, use_bias = false, init = rectified)
  let bn1 = batch_norm
  let conv2 = conv(inner, 3, stride = stride, padding = 1, groups = groups, use_bias = false, init = rectified)
  let bn2 = batch_norm
  let conv3 = conv(4 * channels, 1, use_bias = false, init = rectified)
  let bn3 = batch_norm
  let main = x |> conv1 |> bn1 |> relu |> conv2 |> bn2 |> relu |> conv3 |> bn3 |> gate
  if stride == 1 and c == 4 * channels { return relu(main + x) }
  let downsample = [conv(4 * channels, 1, stride = stride, use_bias = false, init = rectified), batch_norm]
  return relu(main + chain(downsample)(x))
}

/// A `bottleneck` whose 3×3 convolution works in `groups` of `width` channels each (for `channels` = 64, and in proportion).
/// Xie et al., 2017, "Aggregated residual transformations for deep neural networks".
block resnext_block(channels: int, stride: int = 1, groups: int = 32, width: int = 4) =
  bottleneck(channels, stride = stride, groups = groups, width = width)

/// Scales every channel of [n, c, h, w] by a number between 0 and 1 that is computed from the means of all channels, through
/// max(c / reduction, 1) numbers. `fc1.weight` [c / reduction, c, 1, 1], `fc2.weight` [c, c / reduction, 1, 1].
/// Hu et al., 2018, "Squeeze-and-excitation networks". torchvision: SqueezeExcitation.
block squeeze_excite(reduction: int = 16, gate: block = sigmoid)(x: [n, c, h, w]) -> [n, c, h, w] {
  let squeezed = if c > reduction then div(c, reduction) else 1
  let fc1 = conv(squeezed, 1)
  let fc2 = conv(c, 1)
  return x * (mean(x, axis = (2, 3), keep = true) |> fc1 |> relu |> fc2 |> gate)
}

/// Normal with standard deviation √(2 / fan_out), which keeps the size of gradients through rectified units. He et al., 2015.
block rectified(shape: list[int]) -> [...shape] = kaiming_normal(shape, mode = "fan_out", nonlinearity = "relu")
