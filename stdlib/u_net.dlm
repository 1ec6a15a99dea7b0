// The parts of the U-Net, in the form most used today: with batch norm, and zero padding so that images keep their size.
// Ronneberger et al., 2015, "U-Net: convolutional networks for biomedical image segmentation".

/// Two 3×3 convolutions with batch norm and relu: [n, c, h, w] → [n, channels, h, w]. `conv.0.weight`, `conv.1.weight`, `conv.3.weight`, ….
block double_conv(channels: int)(x: [n, c, h, w]) -> [n, channels, h, w] {
  let conv = [
    conv(channels, 3, padding = 1, use_bias = false), batch_norm, relu,
    conv(channels, 3, padding = 1, use_bias = false), batch_norm, relu,
  ]
  return x |> chain(conv)
}

/// Halves the image, then `double_conv`: [n, c, h, w] → [n, channels, ⌊h / 2⌋, ⌊w / 2⌋].
block unet_down(channels: int)(x: [n, c, h, w]) -> [n, channels, ...] {
  let conv = double_conv(channels)
  return x |> max_pool(2) |> conv
}

/// Doubles the image with a transposed convolution to half the channels, puts `skip` of the same size before it, then
/// `double_conv`: x [n, c, h, w], skip [n, s, 2 · h, 2 · w] → [n, channels, 2 · h, 2 · w]. `up.weight` [c, c / 2, 2, 2].
block unet_up(channels: int)(x: [n, c, h, w], skip: [n, s, tall, wide]) -> [n, channels, tall, wide] {
  let up = conv_transpose(div(c, 2), 2, stride = 2)
  let conv = double_conv(channels)
  let larger: [n, div(c, 2), tall, wide] = up(x)
  return concat([skip, larger], axis = 1) |> conv
}
