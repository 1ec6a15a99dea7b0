// Stages of networks that are one chain of convolutions, and the convolution with batch norm that many others are made of.

/// Convolution, batch norm, `activation`: [n, c, h, w] → [n, channels, …], sizes as `conv`'s. `conv.weight`, `bn.weight`, ….
/// Ioffe and Szegedy, 2015. torchvision: BasicConv2d with `eps = 0.001`.
block conv_norm(
  channels: int,
  kernel: list[int],
  stride: list[int] = 1,
  padding: list[int] = 0,
  groups: int = 1,
  eps: float = 1e-5,
  activation: block = relu,
  init: block = kaiming_uniform,
)(x: [n, c, h, w]) -> [n, channels, ...] {
  let conv = conv(channels, kernel, stride = stride, padding = padding, groups = groups, use_bias = false, init = init)
  let bn = batch_norm(eps = eps)
  return x |> conv |> bn |> activation
}

/// `convs` 3×3 convolutions that keep the size, each rectified (after batch norm where `norm` is set), then a pool that halves it:
/// [n, c, h, w] → [n, channels, h / 2, w / 2]. Simonyan and Zisserman, 2015, "Very deep convolutional networks".
block vgg_stage(convs: int, channels: int, norm: bool = false) =
  repeat(convs, vgg_layer(channels, norm)) |> max_pool(2)

/// One convolution of `vgg_stage`.
block vgg_layer(channels: int, norm: bool = false) =
  if norm then conv(channels, 3, padding = 1) |> batch_norm |> relu else conv(channels, 3, padding = 1) |> relu

/// A convolution and two of 1×1, each rectified: a small network that looks at every window. [n, c, h, w] → [n, channels, …].
/// With `norm` batch norm stands before each activation. Lin et al., 2014, "Network in network".
block nin_block(channels: int, kernel: list[int], stride: list[int] = 1, padding: list[int] = 0, norm: bool = false) =
  nin_layer(channels, kernel, stride, padding, norm) |> repeat(2, nin_layer(channels, 1, 1, 0, norm))

/// One convolution of `nin_block`.
block nin_layer(channels: int, kernel: list[int], stride: list[int], padding: list[int], norm: bool) =
  if norm then conv(channels, kernel, stride = stride, padding = padding, use_bias = false) |> batch_norm |> relu
  else conv(channels, kernel, stride = stride, padding = padding) |> relu
