/// Batch norm, relu and a 1×1 convolution to `wide` · growth channels, then batch norm, relu and a 3×3 convolution to `growth`
/// new channels, which are put after those of x: [n, c, h, w] → [n, c + growth, h, w]. With `wide = 0` the 1×1 part is left out.
/// While training, the share `drop` of the new numbers is dropped. Parameters `norm1.weight`, `conv1.weight`, `norm2.weight`,
/// `conv2.weight`, …. Huang et al., 2017, "Densely connected convolutional networks". torchvision: _DenseLayer(bn_size = wide).
block dense_layer(growth: int, wide: int = 4, drop: float = 0.0)(x: [n, c, h, w]) -> [n, c + growth, h, w] {
  let norm1 = batch_norm
  if wide == 0 {
    let conv1 = conv(growth, 3, padding = 1, use_bias = false)
    return concat([x, x |> norm1 |> relu |> conv1 |> dropout(drop)], axis = 1)
  }
  let conv1 = conv(wide * growth, 1, use_bias = false)
  let norm2 = batch_norm
  let conv2 = conv(growth, 3, padding = 1, use_bias = false)
  return concat([x, x |> norm1 |> relu |> conv1 |> norm2 |> relu |> conv2 |> dropout(drop)], axis = 1)
}

/// Batch norm, relu, a 1×1 convolution to c / divisor channels and a mean pool: [n, c, h, w] → [n, c / divisor, h / 2, w / 2].
/// Parameters `norm.weight`, `conv.weight`, …. Huang et al., 2017. torchvision: _Transition.
block dense_transition(divisor: int = 2)(x: [n, c, h, w]) -> [n, div(c, divisor), ...] {
  let norm = batch_norm
  let conv = conv(div(c, divisor), 1, use_bias = false)
  return x |> norm |> relu |> conv |> avg_pool(2)
}
