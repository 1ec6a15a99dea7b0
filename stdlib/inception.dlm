/// Four branches that keep the size, side by side along the channels: 1×1; 1×1 then 3×3; 1×1 then 3×3 again (torchvision's form;
/// the paper has 5×5); pool then 1×1. [n, c, h, w] → [n, b1 + b2[1] + b3[1] + b4, h, w], where b2 and b3 give the channels of their
/// two convolutions. Every convolution has batch norm with eps 0.001. Parameters: `branch1.conv.weight`, `branch2.0.conv.weight`,
/// `branch4.1.bn.weight`, …. Szegedy et al., 2015, "Going deeper with convolutions". torchvision: googlenet.Inception.
block inception(b1: int, b2: (int, int), b3: (int, int), b4: int)(x: [n, c, h, w]) -> [n, b1 + b2[1] + b3[1] + b4, h, w] {
  let branch1 = conv_norm(b1, 1, eps = 0.001)
  let branch2 = [conv_norm(b2[0], 1, eps = 0.001), conv_norm(b2[1], 3, padding = 1, eps = 0.001)]
  let branch3 = [conv_norm(b3[0], 1, eps = 0.001), conv_norm(b3[1], 3, padding = 1, eps = 0.001)]
  let branch4 = [max_pool(3, stride = 1, padding = 1), conv_norm(b4, 1, eps = 0.001)]
  return concat([branch1(x), chain(branch2)(x), chain(branch3)(x), chain(branch4)(x)], axis = 1)
}
