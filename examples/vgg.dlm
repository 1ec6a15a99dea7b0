/// VGG with 11, 13, 16 and 19 layers (Simonyan and Zisserman, 2015), for images of 224×224. `vgg_small.dlm` trains a small one.
///
///     npx dlmc summary examples/vgg.dlm --model VGG16
///
/// Convolutions are counted, `features.conv_0.weight`, where torchvision counts activations and pools as well.

/// Five stages of `convs` convolutions, three dense layers.
block vgg(convs: list[int], classes: int) {
  let features = chain(map(zip(convs, [64, 128, 256, 512, 512]), vgg_stage))
  let classifier = [dense(4096), relu, dropout, dense(4096), relu, dropout, dense(classes)]
  return features |> adaptive_avg_pool(7) |> flatten |> chain(classifier)
}

model VGG11(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([1, 1, 2, 2, 2], classes)

model VGG13(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([2, 2, 2, 2, 2], classes)

model VGG16(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([2, 2, 3, 3, 3], classes)

model VGG19(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([2, 2, 4, 4, 4], classes)
