// Augmentation of images. A field's expression runs for one example, so these blocks take one image [c, h, w], and their draws
// are made anew for each example and epoch, from the training's seed. Outside training those that draw change nothing but, where
// they must, the size: a crop takes the middle. h and w may stay open; where an index leaves the image, `take` reads 0.

/// A window of `size` (one number, or height and width) at a random place of the image with `padding` zeros around it; outside
/// training the middle, as `center_crop`. torchvision: RandomCrop.
block random_crop(size: (int, int), padding: (int, int) = 0)(image: [c, h, w]) -> [c, size[0], size[1]] {
  if not training { return center_crop(size)(image) }
  let top = random_int(h + 2 * padding[0] - size[0] + 1) - padding[0]
  let left = random_int(w + 2 * padding[1] - size[1] + 1) - padding[1]
  return window(size)(image, top, left)
}

/// The middle of images, of `size` (one number, or height and width), with zeros where they are smaller. torchvision: CenterCrop.
block center_crop(size: (int, int))(image: [..., h, w]) -> [..., size[0], size[1]] =
  window(size)(image, i32(round(0.5 * (h - size[0]))), i32(round(0.5 * (w - size[1]))))

/// Rows top … top + size[0] − 1 and columns left … left + size[1] − 1 of images; 0 outside of them.
block window(size: (int, int))(image: [..., h, w], top: i32[], left: i32[]) -> [..., size[0], size[1]] =
  take(take(image, iota(size[0]) + top, axis = -2), iota(size[1]) + left, axis = -1)

/// Mirrors the image with probability `p`, left to right or top to bottom; "both" decides twice.
/// torchvision: RandomHorizontalFlip, RandomVerticalFlip.
block random_flip(direction: "horizontal" | "vertical" | "both" = "horizontal", p: float = 0.5)(image: [c, h, w]) -> [c, h, w] {
  if not training { return image }
  let across = if direction == "vertical" then image else take(image, turned(w, p), axis = -1)
  return if direction == "horizontal" then across else take(across, turned(h, p), axis = -2)
}

/// 0 … n − 1, backwards with probability `p`.
block turned(n: int, p: float) -> i32[n] = where(uniform([]) < p, n - 1 - iota(n), iota(n))

/// A whole number from 0 … n − 1, each as likely as the others.
block random_int(n: int) -> i32[] {
  let choices = iota(n) // a mistake where n is known to be negative: a crop larger than its image
  return i32(floor(len(choices) * uniform([])))
}

/// While training, blanks a square of `size` pixels around a random pixel, cut off at the border. DeVries and Taylor, 2017.
/// After `normalize` the blank is the mean colour, before it black.
block cutout(size: int)(image: [c, h, w]) -> [c, h, w] {
  if not training { return image }
  let y = iota(h) - random_int(h) + div(size, 2)
  let x = iota(w) - random_int(w) + div(size, 2)
  let hole = (y >= 0 and y < size)[:, none] and (x >= 0 and x < size)[none, :]
  return where(hole, 0, image)
}
