/// Cuts an image into squares of `size` and maps each to a vector, row by row: [n, c, h, w] → [n, h / size · w / size, width].
/// `conv_proj.weight` [width, c, size, size]. Dosovitskiy et al., 2021, "An image is worth 16×16 words". torchvision: the
/// conv_proj of VisionTransformer.
block patch_embedding(size: int, width: int)(x: [n, c, h, w]) -> [n, _, width] {
  let conv_proj = conv(width, size, stride = size)
  return x |> conv_proj |> rearrange("n d i j -> n (i j) d")
}
