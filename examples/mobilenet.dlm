/// Networks for small devices: MobileNet (Howard et al., 2017) and MobileNetV2 (Sandler et al., 2018) of full size, and a small one
/// of depthwise-separable blocks that learns Fashion-MNIST.
///
///     npx dlmc summary examples/mobilenet.dlm --model MobileNetV2
///     npx dlmc train examples/mobilenet.dlm

/// Channels and stride of each block of MobileNet.
let plan = [
  (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
  (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
]

model MobileNet(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) {
  let stem = conv_norm(32, 3, stride = 2, padding = 1)
  let features = map(plan, (channels, stride) => depthwise_separable(channels, stride = stride))
  let fc = dense(classes)
  return image |> stem |> chain(features) |> global_avg_pool |> fc
}

/// Parameters bear torchvision's names: `features.1.conv.0.0.weight`, ….
model MobileNetV2(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) {
  let stage = (expand, channels, count, stride) => [
    inverted_residual(channels, stride = stride, expand = expand),
    ...map(range(count - 1), _ => inverted_residual(channels, expand = expand)),
  ]
  let features = [
    mobile_layer(32, 3, stride = 2),
    ...stage(1, 16, 1, 1), ...stage(6, 24, 2, 2), ...stage(6, 32, 3, 2), ...stage(6, 64, 4, 2),
    ...stage(6, 96, 3, 1), ...stage(6, 160, 3, 2), ...stage(6, 320, 1, 1),
    mobile_layer(1280, 1),
  ]
  let classifier = [dropout(0.2), dense(classes)]
  return image |> chain(features[0]) |> chain(features[1:-1]) |> chain(features[-1]) |> global_avg_pool |> chain(classifier)
}

model SmallMobileNet(classes: int = 10)(image: [batch, c, h, w]) -> (logits: [batch, classes]) {
  let stem = conv_norm(32, 3, stride = 2, padding = 1)
  let features = map([(64, 1), (64, 1), (128, 2), (128, 1)], (channels, stride) => depthwise_separable(channels, stride = stride))
  let fc = dense(classes)
  return image |> stem |> chain(features) |> global_avg_pool |> fc
}

data fashion = idx("fashion-mnist") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

train SmallMobileNet on fashion {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adamw(lr = cosine(from = 3e-3, to = 0), weight_decay = 1e-2)
  batch     = 128
  epochs    = 6
}
