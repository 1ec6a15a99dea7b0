/// VGG with 11, 13, 16 and 19 layers (Simonyan and Zisserman, 2015), for images of 224×224. `vgg_small.dlm` trains a small one.
///
///     npx dlmc summary examples/vgg.dlm --model VGG16
///
/// Parameters bear torchvision's names, `features.0.weight`, in which activations and pools are counted as well.

/// Five stages of `convs` convolutions, three dense layers.
block vgg(convs: list[int], classes: int) {
  let stage = (count, channels) => map(range(2 * count), i => if i % 2 == 0 then conv(channels, 3, padding = 1) else relu)
  let features = [
    ...stage(convs[0], 64), max_pool(2),
    ...stage(convs[1], 128), max_pool(2),
    ...stage(convs[2], 256), max_pool(2),
    ...stage(convs[3], 512), max_pool(2),
    ...stage(convs[4], 512), max_pool(2),
  ]
  let classifier = [dense(4096), relu, dropout, dense(4096), relu, dropout, dense(classes)]
  return chain(features) |> adaptive_avg_pool(7) |> flatten |> chain(classifier)
}

model VGG11(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([1, 1, 2, 2, 2], classes)

model VGG13(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([2, 2, 2, 2, 2], classes)

model VGG16(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([2, 2, 3, 3, 3], classes)

model VGG19(classes: int = 1000)(image: [batch, 3, 224, 224]) -> (logits: [batch, classes]) =
  image |> vgg([2, 2, 4, 4, 4], classes)
