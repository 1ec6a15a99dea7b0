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

/// Images stretched to `size` (one number for both sides, or height and width) by linear interpolation, the corners of the outer
/// pixels kept in place (PyTorch: interpolate(mode = "bilinear", align_corners = False)). With `antialias` a smaller image averages
/// all pixels that it covers with triangular weights, as torchvision's Resize and PIL do; without it, it reads the nearest two.
block resize(size: (int, int), antialias: bool = true)(image: [..., h, w]) -> [..., size[0], size[1]] =
  resize_part(size, antialias)(image, 0, 0, h, w)

/// The part of images from row `top` and column `left` with `height` rows and `width` columns, stretched to `size`; see `resize`.
block resize_part(size: (int, int), antialias: bool)
  (image: [..., h, w], top: [], left: [], height: [], width: []) -> [..., size[0], size[1]] {
  let (rows, row_weights) = linear_weights(size[0], h, antialias)(top, height)
  let (columns, column_weights) = linear_weights(size[1], w, antialias)(left, width)
  let high = sum(take(image, rows, axis = -2) * row_weights[:, :, none], axis = -2)
  return sum(take(high, columns, axis = -1) * column_weights, axis = -1)
}

/// Which pixels make up each of `n` pixels spread over `length` of `size` pixels from `start` on, and their weights, both [n, taps].
block linear_weights(n: int, size: int, antialias: bool)(start: [], length: []) -> (index: i32[n, taps], weight: [n, taps]) {
  let taps = if antialias then 2 * div(size + n - 1, n) + 1 else 2
  let scale = length / (1.0 * n)
  let reach = if antialias then max(scale, 1) else ones([])
  let centre = (iota(n) + 0.5) * scale - 0.5
  let place = floor(centre - reach + 1)[:, none] + iota(taps)
  let triangle = max(1 - abs(place - centre[:, none]) / reach, 0)
  let weight = where(place >= 0 and place < length, triangle, 0)
  return (i32(place + start), weight / sum(weight, axis = -1, keep = true))
}

/// A part of the image with a random share of its area within `scale` and a random width / height within `ratio` (evenly in its
/// logarithm), stretched to `size`. Ten parts are tried, then the largest in the middle is taken; outside training that one at once,
/// with the ratio of `size`. torchvision: RandomResizedCrop (Szegedy et al., 2015).
block random_resized_crop(
  size: (int, int),
  scale: (float, float) = (0.08, 1.0),
  ratio: (float, float) = (0.75, 1.3333333333333333),
  antialias: bool = true,
)(image: [c, h, w]) -> [c, size[0], size[1]] {
  if not training {
    let wanted = 1.0 * size[1] / size[0]
    let (high, wide) = largest_part(h, w, wanted, wanted)
    return resize_part(size, antialias)(image, floor(0.5 * (h - high)), floor(0.5 * (w - wide)), high, wide)
  }
  let area = (1.0 * h * w) * uniform([10], from = scale[0], to = scale[1])
  let aspect = exp(uniform([10], from = log(ratio[0]), to = log(ratio[1])))
  let heights = round(sqrt(area / aspect))
  let widths = round(sqrt(area * aspect))
  let fits = heights > 0 and heights <= h and widths > 0 and widths <= w
  let first = argmax(i32(fits))
  let (high, wide) = largest_part(h, w, ratio[0], ratio[1])
  let height = where(any(fits), heights[first], high)
  let width = where(any(fits), widths[first], wide)
  let top = where(any(fits), floor((h - height + 1) * uniform([])), floor(0.5 * (h - height)))
  let left = where(any(fits), floor((w - width + 1) * uniform([])), floor(0.5 * (w - width)))
  return resize_part(size, antialias)(image, top, left, height, width)
}

/// Height and width of the largest part of an image [h, w] with width / height from `least` to `most`.
block largest_part(h: int, w: int, least: float, most: float) -> (high: [], wide: []) =
  (min(h, round(w / least)), min(w, round(h * most)))

/// Turns the image about its middle by an angle drawn from −degrees … degrees; what comes from outside is 0. torchvision:
/// RandomRotation, whose default is `interpolation = "nearest"`.
block rotation(degrees: float, interpolation: "bilinear" | "nearest" = "bilinear")(image: [c, h, w]) -> [c, h, w] {
  if not training { return image }
  return rotate(interpolation)(image, uniform([], from = -degrees, to = degrees))
}

/// Images turned about their middle by `angle` degrees against the clock; 0 where the source lies outside. torchvision: rotate.
block rotate(interpolation: "bilinear" | "nearest" = "bilinear")(image: [..., h, w], angle: []) -> [..., h, w] {
  let turn = angle * (pi / 180)
  let y = (iota(h) - 0.5 * (h - 1))[:, none]
  let x = (iota(w) - 0.5 * (w - 1))[none, :]
  let row = sin(turn) * x + cos(turn) * y + 0.5 * (h - 1)
  let column = cos(turn) * x - sin(turn) * y + 0.5 * (w - 1)
  if interpolation == "nearest" { return pixels(image, round(row), round(column)) }
  let (up, back) = (floor(row), floor(column))
  let (down, right) = (row - up, column - back)
  return (1 - down) * ((1 - right) * pixels(image, up, back) + right * pixels(image, up, back + 1))
    + down * ((1 - right) * pixels(image, up + 1, back) + right * pixels(image, up + 1, back + 1))
}

/// The pixels of images at whole-numbered rows and columns; 0 outside.
block pixels(image: [...s, h, w], row: [a, b], column: [a, b]) -> [...s, a, b] {
  let inside = row >= 0 and row < h and column >= 0 and column < w
  return take(image |> reshape([...s, h * w]), where(inside, i32(row) * w + i32(column), -1), axis = -1)
}

/// Brightness of colour images [..., 3, h, w]: 0.2989 r + 0.587 g + 0.114 b (ITU-R 601), as `channels` equal channels.
/// torchvision: Grayscale.
block grayscale(channels: int = 1)(image: [...s, c, h, w]) -> [...s, channels, h, w] {
  if c == 1 { return image |> expand([...s, channels, h, w]) }
  let colour: [...s, 3, h, w] = image
  let gray = sum(colour * tensor([0.2989, 0.587, 0.114])[:, none, none], axis = -3, keep = true)
  return gray |> expand([...s, channels, h, w])
}

/// Changes brightness, contrast and saturation of an image with numbers from 0 to 1 by factors drawn from 1 − value … 1 + value,
/// and hue by a part of the circle from −hue … hue, in random order. Gray images [1, h, w] keep saturation and hue.
/// torchvision: ColorJitter.
block color_jitter(brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0)
  (image: [c, h, w]) -> [c, h, w] {
  if not training { return image }
  // Kind k of change (brightness, contrast, saturation, hue) comes in place order[k].
  let chance = uniform([4])
  let order = sum(chance[none, :] < chance[:, none], axis = 1)
  let spread = [brightness, contrast, if c == 1 then 0.0 else saturation]
  let factor = map(spread, s => uniform([], from = max(0, 1 - s), to = 1 + s))
  let shift = (2 * uniform([]) - 1) * hue
  let change = (x, place) => {
    let gray = grayscale(x)
    let dull = where(order[0] == place, 0, where(order[1] == place, mean(gray), gray))
    let amount = where(order[0] == place, factor[0], where(order[1] == place, factor[1], where(order[2] == place, factor[2], 1)))
    let mixed = clamp(amount * x + (1 - amount) * dull, low = 0, high = 1)
    return if hue == 0 or c == 1 then mixed else where(order[3] == place, shift_hue(x, shift), mixed)
  }
  return change(change(change(change(image, 0), 1), 2), 3)
}

/// Colour images [..., 3, h, w] with numbers from 0 to 1, their hue moved on by `shift` of the circle of colours (Smith, 1978: HSV).
/// torchvision: adjust_hue.
block shift_hue(image: [...s, 3, h, w], shift: []) -> [...s, 3, h, w] {
  let (r, g, b) = (image[..., 0, :, :], image[..., 1, :, :], image[..., 2, :, :])
  let value = max(max(r, g), b)
  let chroma = value - min(min(r, g), b)
  let span = where(chroma == 0, 1, chroma)
  let sector = where(value == r, (g - b) / span, where(value == g, 2 + (b - r) / span, 4 + (r - g) / span))
  let hue = 6 * shift + where(chroma == 0, 0, sector)
  // A channel falls from `value` by `chroma` as its colour is more than a sixth of the circle away (k = 5, 3, 1 for r, g, b).
  let channel = k => {
    let away = hue + k - 6 * floor((hue + k) / 6)
    return value - chroma * clamp(min(away, 4 - away), low = 0, high = 1)
  }
  return stack([channel(5), channel(3), channel(1)], axis = -3)
}
