/// Residual networks (He et al., 2016), ResNeXt (Xie et al., 2017) and SE-ResNet (Hu et al., 2018): five of full size, for images of
/// 224×224 and 1000 classes, and a small one that learns Fashion-MNIST in minutes.
///
///     npx dlmc summary examples/resnet.dlm --model ResNet18
///     npx dlmc train examples/resnet.dlm --training small
///
/// Recorded on wasm, one thread, seed 0: 93.2 % of Fashion-MNIST's test images after 8 epochs (validation 94.0 %), 15.7 minutes
/// of processor time.
///
/// The full-size models bear torchvision's parameter names, `layer1.0.conv1.weight`, so that its weights load as they are.

/// The common frame: four stages of `blocks` with 64, 128, 256 and 512 channels; the later three halve the image.
block resnet(blocks: list[int], unit: block, classes: int) {
  let stage = (count, channels, stride) => [unit(channels, stride = stride), ...map(range(count - 1), _ => unit(channels))]
  let conv1 = conv(64, 7, stride = 2, padding = 3, use_bias = false, init = rectified)
  let bn1 = batch_norm
  let layer1 = stage(blocks[0], 64, 1)
  let layer2 = stage(blocks[1], 128, 2)
  let layer3 = stage(blocks[2], 256, 2)
  let layer4 = stage(blocks[3], 512, 2)
  let fc = dense(classes)
  return conv1 |> bn1 |> relu |> max_pool(3, stride = 2, padding = 1)
    |> chain([...layer1, ...layer2, ...layer3, ...layer4]) |> global_avg_pool |> fc
}

model ResNet18(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> resnet([2, 2, 2, 2], basic_block, classes)

model ResNet34(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> resnet([3, 4, 6, 3], basic_block, classes)

model ResNet50(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> resnet([3, 4, 6, 3], bottleneck, classes)

/// ResNeXt-50 32×4d.
model ResNeXt50(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> resnet([3, 4, 6, 3], resnext_block(groups = 32, width = 4), classes)

model SEResNet50(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> resnet([3, 4, 6, 3], bottleneck(gate = squeeze_excite(16)), classes)

/// For images of 28×28 or 32×32: a 3×3 convolution, a pool, then a stage for each entry of `widths`.
model SmallResNet(classes: int = 10, widths: list[int] = [32, 64], unit: block = basic_block)
  (image: [batch, c, h, w]) -> (logits: [batch, classes]) {
  let stem = [conv(widths[0], 3, padding = 1, use_bias = false, init = rectified), batch_norm, relu, max_pool(2)]
  let first = unit(widths[0])
  let later = map(widths[1:], width => unit(width, stride = 2) |> unit(width))
  let fc = dense(classes)
  return image |> chain(stem) |> first |> chain(later) |> global_avg_pool |> fc
}

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

train small = SmallResNet on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = sgd(lr = warmup(100, cosine(from = 0.1, to = 0)), momentum = 0.9, nesterov = true, weight_decay = 5e-4)
  batch     = 128
  epochs    = 8
}

/// The same with gates on the residual branches.
train gated = SmallResNet(unit = basic_block(gate = squeeze_excite(8))) on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = sgd(lr = warmup(100, cosine(from = 0.1, to = 0)), momentum = 0.9, nesterov = true, weight_decay = 5e-4)
  batch     = 128
  epochs    = 8
}
