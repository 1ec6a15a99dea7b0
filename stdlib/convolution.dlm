/// Convolution (cross-correlation) over the axes after the channels: one for [n, c, w], two for [n, c, h, w]. `kernel`, `stride`,
/// `padding` and `dilation` are one number for all axes or one an axis; padding adds zeros on both sides; with `groups` each
/// part of the output channels sees its own part of the input's. `weight` [channels, c / groups, …kernel], `bias` [channels].
/// The output has floor((size + 2 · padding − dilation · (kernel − 1) − 1) / stride) + 1 positions. PyTorch: Conv1d, Conv2d.
block conv(
  channels: int,
  kernel: list[int],
  stride: list[int] = 1,
  padding: list[int] = 0,
  dilation: list[int] = 1,
  groups: int = 1,
  use_bias: bool = true,
  init: block = kaiming_uniform,
)(x: [n, c, ...space]) -> [n, channels, ...] {
  let window = per_axis(kernel, len(space))
  param weight: [channels, c / groups, ...window] = init
  let y = convolve(x, weight, stride = stride, padding = padding, dilation = dilation, groups = groups)
  if not use_bias { return y }
  param bias: [channels] = uniform_by_fan(c / groups * prod(window))
  return y + reshape(bias, shape = [channels, ...map(space, _ => 1)])
}

/// The transpose of a convolution with the same settings, which enlarges: (size − 1) · stride − 2 · padding + dilation ·
/// (kernel − 1) + output_padding + 1 positions. `weight` [c, channels / groups, …kernel], `bias` [channels].
/// PyTorch: ConvTranspose2d.
block conv_transpose(
  channels: int,
  kernel: list[int],
  stride: list[int] = 1,
  padding: list[int] = 0,
  output_padding: list[int] = 0,
  dilation: list[int] = 1,
  groups: int = 1,
  use_bias: bool = true,
  init: block = kaiming_uniform,
)(x: [n, c, ...space]) -> [n, channels, ...] {
  let window = per_axis(kernel, len(space))
  param weight: [c, channels / groups, ...window] = init
  let y = convolve_transposed(
    x,
    weight,
    stride = stride,
    padding = padding,
    output_padding = output_padding,
    dilation = dilation,
    groups = groups,
  )
  if not use_bias { return y }
  param bias: [channels] = uniform_by_fan(channels / groups * prod(window))
  return y + reshape(bias, shape = [channels, ...map(space, _ => 1)])
}
