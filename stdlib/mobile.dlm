// Convolutions in two parts, for small and fast networks: one filter a channel, then 1×1 convolutions that mix the channels.

/// min(max(x, 0), 6). Krizhevsky, 2010.
block relu6(x: [...s]) -> [...s] = clamp(x, low = 0, high = 6)

/// A 3×3 convolution of each channel by itself, then a 1×1 convolution, each with batch norm and relu: [n, c, h, w] → [n, channels,
/// ⌈h / stride⌉, ⌈w / stride⌉], for about a ninth of the work of a full 3×3 convolution. Parameters `depthwise.conv.weight` [c, 1, 3, 3],
/// `pointwise.conv.weight` [channels, c, 1, 1], …. Howard et al., 2017, "MobileNets".
block depthwise_separable(channels: int, stride: int = 1)(x: [n, c, h, w]) -> [n, channels, ...] {
  let depthwise = conv_norm(c, 3, stride = stride, padding = 1, groups = c)
  let pointwise = conv_norm(channels, 1)
  return x |> depthwise |> pointwise
}

/// 1×1 convolution to `expand` · c channels, 3×3 convolution of each by itself, 1×1 convolution to `channels` without activation;
/// beside a shortcut where the shape stays: [n, c, h, w] → [n, channels, ⌈h / stride⌉, ⌈w / stride⌉]. Parameters `conv.0.0.weight`,
/// `conv.0.1.weight`, …, with `expand = 1` without the first convolution.
/// Sandler et al., 2018, "MobileNetV2". torchvision: mobilenetv2.InvertedResidual(expand_ratio = expand).
block inverted_residual(channels: int, stride: int = 1, expand: int = 6)(x: [n, c, h, w]) -> [n, channels, ...] {
  let conv = [
    ...(if expand == 1 then [] else [mobile_layer(c * expand, 1)]),
    mobile_layer(c * expand, 3, stride = stride, groups = c * expand),
    conv(channels, 1, use_bias = false, init = rectified),
    batch_norm,
  ]
  let main = x |> chain(map(conv[:-2], chain)) |> chain(conv[-2:])
  return if stride == 1 and c == channels then x + main else main
}

/// Convolution that keeps the size up to the stride, batch norm and `relu6`, as a list of three.
block mobile_layer(channels: int, kernel: int, stride: int = 1, groups: int = 1) = [
  conv(channels, kernel, stride = stride, padding = div(kernel, 2), groups = groups, use_bias = false, init = rectified),
  batch_norm,
  relu6,
]
