// Made from stdlib/**.dlm by `npm run embed`; do not edit.

/** Source text of the standard library by its path below `stdlib/`. */
export const stdlibSources: Readonly<Record<string, string>> = {
  "activations.dlm": `/// max(x, 0); the gradient at 0 is 0. Written as a choice so that a NaN stays one.
block relu(x: [...s]) -> [...s] = where(x <= 0, 0, x)

/// x where it is positive, else slope · x. PyTorch: LeakyReLU(negative_slope = slope).
block leaky_relu(slope: float = 0.01)(x: [...s]) -> [...s] = where(x > 0, x, slope * x)

/// x where it is positive, else alpha · (eˣ − 1). Clevert et al., 2016.
block elu(alpha: float = 1.0)(x: [...s]) -> [...s] =
  where(x > 0, x, alpha * expm1(where(x > 0, 0, x)))

/// 1.0507 · elu(1.6733), which keeps mean and variance from layer to layer. Klambauer et al., 2017.
block selu(x: [...s]) -> [...s] = 1.0507009873554805 * elu(1.6732632423543772)(x)

/// x · Φ(x) with the normal distribution function Φ, or its approximation by tanh:
/// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). Hendrycks and Gimpel, 2016.
block gelu(approximate: "none" | "tanh" = "none")(x: [...s]) -> [...s] =
  if approximate == "tanh" then 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))
  else 0.5 * x * (1 + erf(x * sqrt(0.5)))

/// x · sigmoid(x), also called swish. Ramachandran et al., 2017.
block silu(x: [...s]) -> [...s] = x * sigmoid(x)

/// ln(1 + eˣ), as max(x, 0) + ln(1 + e^−|x|), which cannot overflow.
block softplus(x: [...s]) -> [...s] =
  where(x > 0, x, 0) + log1p(exp(where(x > 0, -x, x)))

/// ln sigmoid(x) = −softplus(−x). PyTorch: logsigmoid.
block log_sigmoid(x: [...s]) -> [...s] = -softplus(-x)

/// x · tanh(softplus(x)). Misra, 2019.
block mish(x: [...s]) -> [...s] = x * tanh(softplus(x))

/// min(max(x + 3, 0), 6) / 6: sigmoid in straight lines. Howard et al., 2019.
block hardsigmoid(x: [...s]) -> [...s] = clamp(x + 3, low = 0, high = 6) / 6

/// x · hardsigmoid(x).
block hardswish(x: [...s]) -> [...s] = x * hardsigmoid(x)

/// x where it is positive, else weight · x with a learned slope: one for all (\`parameters = 1\`) or one a channel of
/// [n, channels, …]. He et al., 2015. PyTorch: PReLU(num_parameters = parameters).
block prelu(parameters: int = 1, init: float = 0.25)(x: [n, c, ...space]) -> [n, c, ...space] {
  param weight: [parameters] = full(init)
  let slope = weight |> reshape([parameters, ...map(space, _ => 1)])
  return where(x > 0, x, slope * x)
}

/// ln Σ eˣ along \`axis\`, computed from the largest element, so that it cannot overflow.
block logsumexp(axis: list[int] = -1, keep: bool = false)(x: [...s]) -> [...] {
  let top = stop_gradient(max(x, axis = axis, keep = true))
  let top = where(abs(top) == inf, 0, top)
  let total = log(sum(exp(x - top), axis = axis, keep = true)) + top
  return if keep then total else squeeze(axis = axis)(total)
}

/// eˣ / Σ eˣ along \`axis\`.
block softmax(axis: int = -1)(x: [...s]) -> [...s] {
  let e = exp(x - stop_gradient(max(x, axis = axis, keep = true)))
  return e / sum(e, axis = axis, keep = true)
}

/// ln softmax(x) = x − logsumexp(x) along \`axis\`.
block log_softmax(axis: int = -1)(x: [...s]) -> [...s] {
  let shifted = x - stop_gradient(max(x, axis = axis, keep = true))
  return shifted - log(sum(exp(shifted), axis = axis, keep = true))
}

/// Softmax over the last axis where \`mask\` is true; elsewhere the weight is 0. A row that is masked whole gets equal
/// weights, as it does where scores are replaced by a large negative number.
block masked_softmax(fill: float = -1e6)(x: [...s], mask: bool[...]) -> [...s] = softmax(where(mask, x, fill))
`,
  "attention.dlm": `// Attention. In masks true means that a query may attend to a key; they broadcast to [..., queries, keys], so that
// \`causal(time)\` is one and \`(tokens != 0)[:, none, none, :]\` another, and \`and\` joins them.

/// softmax(q kᵀ · scale + bias) over the keys: the weight of each of j keys for each of i queries. \`scale\` is 1 / √d where it
/// is not given. Vaswani et al., 2017.
block attention_weights(scale: float? = none)(q: [..., i, d], k: [..., j, d], mask: bool[...m]?, bias: [...n]?) -> [..., i, j] {
  let scores = q @ transpose(k) * (if scale == none then 1 / sqrt(d) else scale)
  let scores = if bias == none then scores else scores + bias
  return if mask == none then softmax(scores) else masked_softmax(scores, mask)
}

/// Scaled dot-product attention: the values [..., j, e], weighted by \`attention_weights\` with the same settings and dropped
/// out with probability \`drop\` while training. PyTorch: scaled_dot_product_attention. Vaswani et al., 2017.
block attention(scale: float? = none, drop: float = 0)
  (q: [..., i, d], k: [..., j, d], v: [..., j, e], mask: bool[...m]?, bias: [...n]?) -> [..., i, e] =
  dropout(drop)(attention_weights(scale)(q, k, mask, bias)) @ v

/// Additive attention: softmax over the keys of w_v · tanh(W_q q + W_k k), three linear maps without bias, \`hidden\` units
/// wide; gives the weighted values and the weights. \`W_q.weight\` [hidden, dq], \`W_k.weight\` [hidden, dk], \`w_v.weight\`
/// [1, hidden]. Bahdanau et al., 2015.
block additive_attention(hidden: int, drop: float = 0)
  (q: [..., i, dq], k: [..., j, dk], v: [..., j, e], mask: bool[...m]?) -> (y: [..., i, e], weights: [..., i, j]) {
  let W_q = dense(hidden, use_bias = false)
  let W_k = dense(hidden, use_bias = false)
  let w_v = dense(1, use_bias = false)
  let features = tanh(W_q(q)[..., none, :] + W_k(k)[..., none, :, :])
  let scores = features |> w_v |> squeeze(axis = -1)
  let weights = if mask == none then softmax(scores) else masked_softmax(scores, mask)
  return (dropout(drop)(weights) @ v, weights)
}

/// Attention as kernel regression over numbers: softmax over the keys of −((q − k) · w)² / 2; gives the weighted values and
/// the weights. \`w\` [1] starts at 1. Nadaraya, 1964; Watson, 1964.
block kernel_attention(q: [i], k: [j], v: [j], mask: bool[...m]?) -> (y: [i], weights: [i, j]) {
  param w: [1] = ones
  let scores = -((q[:, none] - k[none, :]) * w) ** 2 / 2
  let weights = if mask == none then softmax(scores) else masked_softmax(scores, mask)
  return (weights @ v, weights)
}

/// Attention in \`heads\` subspaces at once: of queries q [b, i, d] to keys k [b, j, dk] and values v [b, j, dv], where k is q and
/// v is k if not given; the outputs of all heads go through \`out_proj\`. \`mask\` broadcasts to [b, heads, i, j], \`drop\` is the
/// dropout of the weights. \`in_proj_weight\` [3 · d, d] holds W_q, W_k, W_v one after the other, or \`q_proj_weight\` [d, d],
/// \`k_proj_weight\` [d, dk] and \`v_proj_weight\` [d, dv] do where sizes differ; \`in_proj_bias\` [3 · d]. With \`weights\` the
/// result is (y, weights of each head [b, heads, i, j]). PyTorch: MultiheadAttention(batch_first = True). Vaswani et al., 2017.
block multi_head_attention(heads: int, drop: float = 0, use_bias: bool = true, weights: bool = false)
  (q: [b, i, d], k: [b, j, dk]?, v: [b, j, dv]?, mask: bool[...m]?) {
  let out_proj = dense(d, use_bias = use_bias, bias_init = zeros)
  let apart = rearrange("b t (heads e) -> b heads t e")
  let finish = (queries, keys, values) => {
    let shares = attention_weights(apart(queries), apart(keys), mask = mask)
    let y = dropout(drop)(shares) @ apart(values) |> rearrange("b heads t e -> b t (heads e)") |> out_proj
    return if weights then (y, shares) else y
  }
  let keys = if k == none then q else k
  let values = if v == none then keys else v
  let (key_width, value_width) = (shape(keys)[-1], shape(values)[-1])

  if key_width != d or value_width != d {
    param q_proj_weight: [d, d] = xavier_uniform
    param k_proj_weight: [d, key_width] = xavier_uniform
    param v_proj_weight: [d, value_width] = xavier_uniform
    let (from_q, from_k, from_v) = (
      q @ transpose(q_proj_weight),
      keys @ transpose(k_proj_weight),
      values @ transpose(v_proj_weight),
    )
    if not use_bias { return finish(from_q, from_k, from_v) }
    param in_proj_bias: [3 * d] = zeros
    let (bias_q, bias_k, bias_v) = in_proj_bias |> split(3)
    return finish(from_q + bias_q, from_k + bias_k, from_v + bias_v)
  }

  param in_proj_weight: [3 * d, d] = xavier_uniform
  // One product for what is made of the same rows.
  let project = bias => {
    let part = (rows, from, to) => {
      let y = rows @ transpose(in_proj_weight[from * d:to * d])
      return if bias == none then y else y + bias[from * d:to * d]
    }
    if k == none and v == none { return part(q, 0, 3) |> split(3) }
    if v == none { return [part(q, 0, 1), ...(part(keys, 1, 3) |> split(2))] }
    return (part(q, 0, 1), part(keys, 1, 2), part(values, 2, 3))
  }
  if not use_bias { return finish(project(none)) }
  param in_proj_bias: [3 * d] = zeros
  return finish(project(in_proj_bias))
}

/// Which of \`time\` keys a query may see: itself and what stands before it.
block causal(time: int) -> bool[time, time] = iota(time)[none, :] <= iota(time)[:, none]

/// Sines and cosines of falling frequency: P[t, 2j] = sin(t / base^(2j / d)), P[t, 2j + 1] = cos of the same.
/// Vaswani et al., 2017.
block sinusoidal(time: int, d: int, base: float = 10000) -> [time, d] {
  let pairs = div(d + 1, 2)
  let angle = iota(time)[:, none] / base ** (2 * iota(pairs) / d)
  return (stack([sin(angle), cos(angle)], axis = -1) |> reshape([time, 2 * pairs]))[:, :d]
}

/// x + \`sinusoidal\`, then dropout.
block positional_encoding(base: float = 10000, drop: float = 0)(x: [..., time, d]) -> [..., time, d] =
  x + sinusoidal(time, d, base) |> dropout(drop)

/// x plus a learned row for each position: \`weight\` [context, d], of which the first \`time\` rows are used. Gehring et al., 2017.
block learned_positions(context: int, init: block = normal(std = 0.02))(x: [..., time, d]) -> [..., time, d] {
  param weight: [context, d] = init
  return x + weight[:time]
}

/// Turns each pair of numbers of a query or key [..., time, d] by its position times base^(−2j / d), so that products of the
/// two see the distance alone. Pairs are \`"neighbours"\` (2j, 2j + 1), as in the paper, or \`"halves"\` (j, j + d / 2), as in
/// GPT-NeoX and Llama. Su et al., 2021.
block rotary(base: float = 10000, pairs: "neighbours" | "halves" = "neighbours")(x: [...s, time, d]) -> [...s, time, d] {
  let angle = iota(time)[:, none] / base ** (2 * iota(d / 2) / d)
  let (across, along) = (cos(angle), sin(angle))
  if pairs == "halves" {
    let (a, b) = x |> split(2)
    return concat([a * across - b * along, b * across + a * along], axis = -1)
  }
  let both = x |> reshape([...s, time, d / 2, 2])
  let (a, b) = (both[..., 0], both[..., 1])
  return stack([a * across - b * along, b * across + a * along], axis = -1) |> reshape([...s, time, d])
}
`,
  "augmentation.dlm": `// Augmentation of images. A field's expression runs for one example, so these blocks take one image [c, h, w], and their draws
// are made anew for each example and epoch, from the training's seed. Outside training those that draw change nothing but, where
// they must, the size: a crop takes the middle. h and w may stay open; where an index leaves the image, \`take\` reads 0.

/// A window of \`size\` (one number, or height and width) at a random place of the image with \`padding\` zeros around it; outside
/// training the middle, as \`center_crop\`. torchvision: RandomCrop.
block random_crop(size: (int, int), padding: (int, int) = 0)(image: [c, h, w]) -> [c, size[0], size[1]] {
  if not training { return center_crop(size)(image) }
  let top = random_int(h + 2 * padding[0] - size[0] + 1) - padding[0]
  let left = random_int(w + 2 * padding[1] - size[1] + 1) - padding[1]
  return window(size)(image, top, left)
}

/// The middle of images, of \`size\` (one number, or height and width), with zeros where they are smaller. torchvision: CenterCrop.
block center_crop(size: (int, int))(image: [..., h, w]) -> [..., size[0], size[1]] =
  window(size)(image, i32(round(0.5 * (h - size[0]))), i32(round(0.5 * (w - size[1]))))

/// Rows top … top + size[0] − 1 and columns left … left + size[1] − 1 of images; 0 outside of them.
block window(size: (int, int))(image: [..., h, w], top: i32[], left: i32[]) -> [..., size[0], size[1]] =
  take(take(image, iota(size[0]) + top, axis = -2), iota(size[1]) + left, axis = -1)

/// Mirrors the image with probability \`p\`, left to right or top to bottom; "both" decides twice.
/// torchvision: RandomHorizontalFlip, RandomVerticalFlip.
block random_flip(direction: "horizontal" | "vertical" | "both" = "horizontal", p: float = 0.5)(image: [c, h, w]) -> [c, h, w] {
  if not training { return image }
  let across = if direction == "vertical" then image else take(image, turned(w, p), axis = -1)
  return if direction == "horizontal" then across else take(across, turned(h, p), axis = -2)
}

/// 0 … n − 1, backwards with probability \`p\`.
block turned(n: int, p: float) -> i32[n] = where(uniform([]) < p, n - 1 - iota(n), iota(n))

/// A whole number from 0 … n − 1, each as likely as the others.
block random_int(n: int) -> i32[] {
  let choices = iota(n) // a mistake where n is known to be negative: a crop larger than its image
  return i32(floor(len(choices) * uniform([])))
}

/// While training, blanks a square of \`size\` pixels around a random pixel, cut off at the border. DeVries and Taylor, 2017.
/// After \`normalize\` the blank is the mean colour, before it black.
block cutout(size: int)(image: [c, h, w]) -> [c, h, w] {
  if not training { return image }
  let y = iota(h) - random_int(h) + div(size, 2)
  let x = iota(w) - random_int(w) + div(size, 2)
  let hole = (y >= 0 and y < size)[:, none] and (x >= 0 and x < size)[none, :]
  return where(hole, 0, image)
}

/// Images stretched to \`size\` (one number for both sides, or height and width) by linear interpolation, the corners of the outer
/// pixels kept in place (PyTorch: interpolate(mode = "bilinear", align_corners = False)). With \`antialias\` a smaller image averages
/// all pixels that it covers with triangular weights, as torchvision's Resize and PIL do; without it, it reads the nearest two.
block resize(size: (int, int), antialias: bool = true)(image: [..., h, w]) -> [..., size[0], size[1]] =
  resize_part(size, antialias)(image, 0, 0, h, w)

/// The part of images from row \`top\` and column \`left\` with \`height\` rows and \`width\` columns, stretched to \`size\`; see \`resize\`.
block resize_part(size: (int, int), antialias: bool)
  (image: [..., h, w], top: [], left: [], height: [], width: []) -> [..., size[0], size[1]] {
  let (rows, row_weights) = linear_weights(size[0], h, antialias)(top, height)
  let (columns, column_weights) = linear_weights(size[1], w, antialias)(left, width)
  let high = sum(take(image, rows, axis = -2) * row_weights[:, :, none], axis = -2)
  return sum(take(high, columns, axis = -1) * column_weights, axis = -1)
}

/// Which pixels make up each of \`n\` pixels spread over \`length\` of \`size\` pixels from \`start\` on, and their weights, both [n, taps].
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

/// A part of the image with a random share of its area within \`scale\` and a random width / height within \`ratio\` (evenly in its
/// logarithm), stretched to \`size\`. Ten parts are tried, then the largest in the middle is taken; outside training that one at once,
/// with the ratio of \`size\`. torchvision: RandomResizedCrop (Szegedy et al., 2015).
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

/// Height and width of the largest part of an image [h, w] with width / height from \`least\` to \`most\`.
block largest_part(h: int, w: int, least: float, most: float) -> (high: [], wide: []) =
  (min(h, round(w / least)), min(w, round(h * most)))

/// Turns the image about its middle by an angle drawn from −degrees … degrees; what comes from outside is 0. torchvision:
/// RandomRotation, whose default is \`interpolation = "nearest"\`.
block rotation(degrees: float, interpolation: "bilinear" | "nearest" = "bilinear")(image: [c, h, w]) -> [c, h, w] {
  if not training { return image }
  return rotate(interpolation)(image, uniform([], from = -degrees, to = degrees))
}

/// Images turned about their middle by \`angle\` degrees against the clock; 0 where the source lies outside. torchvision: rotate.
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

/// Brightness of colour images [..., 3, h, w]: 0.2989 r + 0.587 g + 0.114 b (ITU-R 601), as \`channels\` equal channels.
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

/// Colour images [..., 3, h, w] with numbers from 0 to 1, their hue moved on by \`shift\` of the circle of colours (Smith, 1978: HSV).
/// torchvision: adjust_hue.
block shift_hue(image: [...s, 3, h, w], shift: []) -> [...s, 3, h, w] {
  let (r, g, b) = (image[..., 0, :, :], image[..., 1, :, :], image[..., 2, :, :])
  let value = max(max(r, g), b)
  let chroma = value - min(min(r, g), b)
  let span = where(chroma == 0, 1, chroma)
  let sector = where(value == r, (g - b) / span, where(value == g, 2 + (b - r) / span, 4 + (r - g) / span))
  let hue = 6 * shift + where(chroma == 0, 0, sector)
  // A channel falls from \`value\` by \`chroma\` as its colour is more than a sixth of the circle away (k = 5, 3, 1 for r, g, b).
  let channel = k => {
    let away = hue + k - 6 * floor((hue + k) / 6)
    return value - chroma * clamp(min(away, 4 - away), low = 0, high = 1)
  }
  return stack([channel(5), channel(3), channel(1)], axis = -3)
}
`,
  "averages.dlm": `// Averages of weights over the steps of a training: \`average = ema(0.999)\`. Blocks with the inputs \`w\`, the weights after
// a step, and \`average\`, what they gave after the step before; their states begin once a training.

/// Exponential moving average: the first step's weights, then decay · average + (1 − decay) · w. Without \`warmup\` that is
/// PyTorch's get_ema_multi_avg_fn. With it the decay is at most (1 + t) / (10 + t) after t steps, so that an average over
/// few steps does not lag behind, as in TensorFlow's ExponentialMovingAverage. Polyak and Juditsky, 1992.
block ema(decay: float = 0.999, warmup: bool = true)(w: [...s], average: [...s]) -> [...s] {
  state steps: [] = zeros
  let before = steps
  update steps = steps + 1
  let rate = if warmup then max(1 - decay, 9 / (10 + before)) else 1 - decay
  return average + where(before == 0, 1, rate) * (w - average)
}

/// The mean of the weights after every step: average + (w − average) / (t + 1), as PyTorch's AveragedModel without
/// further settings. Izmailov et al., 2018, "Averaging Weights Leads to Wider Optima and Better Generalization".
block mean_weights()(w: [...s], average: [...s]) -> [...s] {
  state steps: [] = zeros
  let before = steps
  update steps = steps + 1
  return average + (w - average) / (before + 1)
}
`,
  "convolution.dlm": `/// Convolution (cross-correlation) over the axes after the channels: one for [n, c, w], two for [n, c, h, w]. \`kernel\`, \`stride\`,
/// \`padding\` and \`dilation\` are one number for all axes or one an axis; padding adds zeros on both sides; with \`groups\` each
/// part of the output channels sees its own part of the input's. \`weight\` [channels, c / groups, …kernel], \`bias\` [channels].
/// The output has floor((size + 2 · padding − dilation · (kernel − 1) − 1) / stride) + 1 positions. PyTorch: Conv1d, Conv2d.
block conv(
  channels: int,
  kernel: list[int],
  stride: list[int] = 1,
  padding: list[int] = 0,
  dilation: list[int] = 1,
  groups: int = 1,
  use_bias: bool = true,
  init: block = kaiming_uniform,
)(x: [n, c, ...space]) -> [n, channels, ...] {
  let window = per_axis(kernel, len(space))
  param weight: [channels, c / groups, ...window] = init
  let y = convolve(x, weight, stride = stride, padding = padding, dilation = dilation, groups = groups)
  if not use_bias { return y }
  param bias: [channels] = uniform_by_fan(c / groups * prod(window))
  return y + reshape(bias, shape = [channels, ...map(space, _ => 1)])
}

/// The transpose of a convolution with the same settings, which enlarges: (size − 1) · stride − 2 · padding + dilation ·
/// (kernel − 1) + output_padding + 1 positions. \`weight\` [c, channels / groups, …kernel], \`bias\` [channels].
/// PyTorch: ConvTranspose2d.
block conv_transpose(
  channels: int,
  kernel: list[int],
  stride: list[int] = 1,
  padding: list[int] = 0,
  output_padding: list[int] = 0,
  dilation: list[int] = 1,
  groups: int = 1,
  use_bias: bool = true,
  init: block = kaiming_uniform,
)(x: [n, c, ...space]) -> [n, channels, ...] {
  let window = per_axis(kernel, len(space))
  param weight: [c, channels / groups, ...window] = init
  let y = convolve_transposed(
    x,
    weight,
    stride = stride,
    padding = padding,
    output_padding = output_padding,
    dilation = dilation,
    groups = groups,
  )
  if not use_bias { return y }
  param bias: [channels] = uniform_by_fan(channels / groups * prod(window))
  return y + reshape(bias, shape = [channels, ...map(space, _ => 1)])
}
`,
  "data.dlm": `/// (x − mean) / standard deviation, element by element, with both fitted on the training split (biased, as NumPy's).
/// Missing values (NaN) are left out of the fit and stay missing; an element that never varies is only centred.
/// One example at a time, after Welford, 1962.
block standardize(x: [...s]) -> [...s] {
  state count: [...s] = zeros
  state centre: [...s] = zeros
  state spread: [...s] = zeros
  let deviation = sqrt(spread / max(count, 1))
  let scored = (x - centre) / where(deviation > 0, deviation, 1)
  let known = not isnan(x)
  let total = count + f32(known)
  let gap = where(known, x - centre, 0)
  let next = centre + gap / max(total, 1)
  update spread = spread + gap * where(known, x - next, 0)
  update centre = next
  update count = total
  return scored
}

/// \`value\` where x is missing (NaN).
block fill(value: float = 0)(x: [...s]) -> [...s] = where(isnan(x), value, x)

/// (x − mean) / std for each channel of one image [c, h, w].
block normalize(mean: list[float], std: list[float])(x: [c, h, w]) -> [c, h, w] =
  (x - tensor(mean)[:, none, none]) / tensor(std)[:, none, none]
`,
  "dense_net.dlm": `/// Batch norm, relu and a 1×1 convolution to \`wide\` · growth channels, then batch norm, relu and a 3×3 convolution to \`growth\`
/// new channels, which are put after those of x: [n, c, h, w] → [n, c + growth, h, w]. With \`wide = 0\` the 1×1 part is left out.
/// While training, the share \`drop\` of the new numbers is dropped. Parameters \`norm1.weight\`, \`conv1.weight\`, \`norm2.weight\`,
/// \`conv2.weight\`, …. Huang et al., 2017, "Densely connected convolutional networks". torchvision: _DenseLayer(bn_size = wide).
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
/// Parameters \`norm.weight\`, \`conv.weight\`, …. Huang et al., 2017. torchvision: _Transition.
block dense_transition(divisor: int = 2)(x: [n, c, h, w]) -> [n, div(c, divisor), ...] {
  let norm = batch_norm
  let conv = conv(div(c, divisor), 1, use_bias = false)
  return x |> norm |> relu |> conv |> avg_pool(2)
}
`,
  "inception.dlm": `/// Four branches that keep the size, side by side along the channels: 1×1; 1×1 then 3×3; 1×1 then 3×3 again (torchvision's form;
/// the paper has 5×5); pool then 1×1. [n, c, h, w] → [n, b1 + b2[1] + b3[1] + b4, h, w], where b2 and b3 give the channels of their
/// two convolutions. Every convolution has batch norm with eps 0.001. Parameters: \`branch1.conv.weight\`, \`branch2.0.conv.weight\`,
/// \`branch4.1.bn.weight\`, …. Szegedy et al., 2015, "Going deeper with convolutions". torchvision: googlenet.Inception.
block inception(b1: int, b2: (int, int), b3: (int, int), b4: int)(x: [n, c, h, w]) -> [n, b1 + b2[1] + b3[1] + b4, h, w] {
  let branch1 = conv_norm(b1, 1, eps = 0.001)
  let branch2 = [conv_norm(b2[0], 1, eps = 0.001), conv_norm(b2[1], 3, padding = 1, eps = 0.001)]
  let branch3 = [conv_norm(b3[0], 1, eps = 0.001), conv_norm(b3[1], 3, padding = 1, eps = 0.001)]
  let branch4 = [max_pool(3, stride = 1, padding = 1), conv_norm(b4, 1, eps = 0.001)]
  return concat([branch1(x), chain(branch2)(x), chain(branch3)(x), chain(branch4)(x)], axis = 1)
}
`,
  "initialisers.dlm": `// \`zeros\`, \`ones\`, \`full(value)\`, \`uniform(from, to)\`, \`normal(mean, std)\`, \`truncated_normal\` and \`orthogonal\` are built in.
// An initialiser is a block with a setting \`shape\`, which \`param\` and \`state\` fill.

/// Uniform within ±gain · √(6 / (fan_in + fan_out)). Glorot and Bengio, 2010.
block xavier_uniform(shape: list[int], gain: float = 1.0) -> [...shape] {
  let (fan_in, fan_out) = fans(shape)
  let bound = gain * sqrt(6 / (fan_in + fan_out))
  return uniform(shape, from = -bound, to = bound)
}

/// Normal with standard deviation gain · √(2 / (fan_in + fan_out)). Glorot and Bengio, 2010.
block xavier_normal(shape: list[int], gain: float = 1.0) -> [...shape] {
  let (fan_in, fan_out) = fans(shape)
  return normal(shape, std = gain * sqrt(2 / (fan_in + fan_out)))
}

/// Uniform within ±gain · √(3 / fan). \`a\` is the slope of \`leaky_relu\`; its default gives 1 / √fan_in, PyTorch's default for
/// Linear and Conv. He et al., 2015, "Delving deep into rectifiers".
block kaiming_uniform(
  shape: list[int],
  a: float = sqrt(5),
  mode: "fan_in" | "fan_out" = "fan_in",
  nonlinearity: "leaky_relu" | "relu" | "linear" | "tanh" | "sigmoid" | "selu" = "leaky_relu",
) -> [...shape] {
  let (fan_in, fan_out) = fans(shape)
  let fan = if mode == "fan_in" then fan_in else fan_out
  let bound = kaiming_gain(nonlinearity, a) * sqrt(3 / fan)
  return uniform(shape, from = -bound, to = bound)
}

/// Normal with standard deviation gain / √fan; settings as in \`kaiming_uniform\`, with PyTorch's default \`a = 0\`.
block kaiming_normal(
  shape: list[int],
  a: float = 0,
  mode: "fan_in" | "fan_out" = "fan_in",
  nonlinearity: "leaky_relu" | "relu" | "linear" | "tanh" | "sigmoid" | "selu" = "leaky_relu",
) -> [...shape] {
  let (fan_in, fan_out) = fans(shape)
  let fan = if mode == "fan_in" then fan_in else fan_out
  return normal(shape, std = kaiming_gain(nonlinearity, a) / sqrt(fan))
}

/// The factor by which weights make up for what an activation takes away. PyTorch: calculate_gain.
block kaiming_gain(nonlinearity: string, a: float) =
  if nonlinearity == "relu" then sqrt(2.0)
  else if nonlinearity == "leaky_relu" then sqrt(2 / (1 + a ** 2))
  else if nonlinearity == "tanh" then 5.0 / 3
  else if nonlinearity == "selu" then 0.75
  else 1.0

/// Uniform within ±1 / √fan: the default of a bias whose weight has \`fan\` inputs.
block uniform_by_fan(fan: int, shape: list[int]) -> [...shape] =
  uniform(shape, from = -1 / sqrt(fan), to = 1 / sqrt(fan))
`,
  "layers.dlm": `/// y = x Wᵀ + b over the last axis. \`weight\` [units, d], \`bias\` [units]. PyTorch: Linear(d, units).
block dense(units: int, use_bias: bool = true, init: block = kaiming_uniform, bias_init: block? = none)
  (x: [..., d]) -> [..., units] {
  param weight: [units, d] = init
  if not use_bias { return x @ transpose(weight) }
  param bias: [units] = if bias_init == none then uniform_by_fan(d) else bias_init
  return x @ transpose(weight) + bias
}

/// Row \`index\` of a table: \`weight\` [count, width], drawn from the normal distribution. The row \`padding\` starts at 0 and
/// gets no gradient. PyTorch: Embedding(count, width, padding_idx = padding).
block embedding(count: int, width: int, padding: int? = none, init: block = normal)(index: i32[...]) -> [..., width] {
  if padding == none {
    param weight: [count, width] = init
    return weight[index]
  }
  param weight: [count, width] = padded_table(init, padding)
  return where((index == padding)[..., none], stop_gradient(weight[index]), weight[index])
}

/// What \`init\` gives, with row \`padding\` set to 0.
block padded_table(init: block, padding: int, shape: list[int]) -> [...shape] =
  where(iota(shape[0])[:, none] == padding, 0, init(shape = shape))

/// While training, sets each element to 0 with probability \`p\` and divides the others by 1 − p. Srivastava et al., 2014.
block dropout(p: float = 0.5)(x: [...s]) -> [...s] {
  if not training or p == 0 { return x }
  return where(uniform(s) < p, 0, x / (1 - p))
}

/// All axes but the first become one.
block flatten(x: [n, ...rest]) -> [n, _] = x |> reshape([n, _])

/// The last axis becomes \`shape\`. PyTorch: Unflatten(-1, shape).
block unflatten(shape: list[int])(x: [...lead, d]) = x |> reshape([...lead, ...shape])

/// x + inner(x). He et al., 2016.
block residual(inner: block)(x: [...s]) -> [...s] = x + inner(x)
`,
  "losses.dlm": `/// Cross entropy of class numbers, over the last axis of \`logits\`: −ln softmax(logits)[label], computed without overflow.
/// \`smoothing\` s spreads the share s of each label evenly over the classes; positions with label \`ignore\` count nothing;
/// \`weight\` is a factor a class. The mean divides by the sum of the weights of the labels that count, as PyTorch's does;
/// \`reduce = false\` gives the value of each position. For [n, classes, …] see \`channel_cross_entropy\`.
block cross_entropy(smoothing: float = 0, ignore: int? = none, reduce: bool = true)
  (logits: [..., classes], label: i32[...], weight: [classes]?) -> [...] {
  let shifted = logits - stop_gradient(max(logits, axis = -1, keep = true))
  let total = log(sum(exp(shifted), axis = -1))
  let here = iota(classes) == label[..., none]
  let factor = if weight == none then 1 else sum(where(here, weight, 0), axis = -1)
  let plain = factor * (total - sum(where(here, shifted, 0), axis = -1))
  let spread = if smoothing == 0 then 0
    else if weight == none then total - mean(shifted, axis = -1)
    else mean(weight * (total[..., none] - shifted), axis = -1)
  let value = if smoothing == 0 then plain else (1 - smoothing) * plain + smoothing * spread
  return weighted_mean(ignore, reduce)(value, label, factor = if weight == none then none else factor)
}

/// What \`cross_entropy\` and \`nll\` give: values of ignored labels are 0; the mean divides by the sum of the factors kept.
block weighted_mean(ignore: int?, reduce: bool)(value: [...], label: i32[...], factor: [...]?) -> [...] {
  let kept = if ignore == none then value else where(label != ignore, value, 0)
  if not reduce { return kept }
  if ignore == none and factor == none { return mean(kept) }
  let count = if factor == none then ones(shape(value)) else factor
  let counted = if ignore == none then count else where(label != ignore, count, 0)
  return sum(kept) / sum(counted)
}

/// \`cross_entropy\` with the classes along axis 1: logits [n, classes, …], label [n, …], as for images of labels.
block channel_cross_entropy(smoothing: float = 0, ignore: int? = none, reduce: bool = true)
  (logits: [n, classes, ...], label: i32[n, ...], weight: [classes]?) -> [...] =
  cross_entropy(smoothing, ignore, reduce)(logits |> rearrange("n c ... -> n ... c"), label, weight = weight)

/// Cross entropy with a target distribution in the place of a class number: −Σ weight · target · ln softmax(logits).
/// \`smoothing\` s mixes the share s of even chances into each target, \`weight\` is a factor a class. The mean is over the positions,
/// as PyTorch's for probabilities. With the targets of \`mixup\` and \`cutmix\`.
block soft_cross_entropy(smoothing: float = 0, reduce: bool = true)
  (logits: [..., classes], target: [..., classes], weight: [classes]?) -> [...] {
  let smooth = if smoothing == 0 then target else (1 - smoothing) * target + smoothing / (1.0 * classes)
  let scaled = if weight == none then smooth else weight * smooth
  let value = -sum(scaled * log_softmax(logits), axis = -1)
  return if reduce then mean(value) else value
}

/// Negative log-likelihood: −log_probs[label] over the last axis; settings as in \`cross_entropy\`. PyTorch: nll_loss.
block nll(ignore: int? = none, reduce: bool = true)(log_probs: [..., classes], label: i32[...], weight: [classes]?) -> [...] {
  let here = iota(classes) == label[..., none]
  let factor = if weight == none then 1 else sum(where(here, weight, 0), axis = -1)
  let value = -factor * sum(where(here, log_probs, 0), axis = -1)
  return weighted_mean(ignore, reduce)(value, label, factor = if weight == none then none else factor)
}

/// Mean of (prediction − target)².
block mse(reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let gap = prediction - target
  return if reduce then mean(gap * gap) else gap * gap
}

/// Mean of |prediction − target|.
block l1(reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let distance = abs(prediction - target)
  return if reduce then mean(distance) else distance
}

/// With d = |prediction − target|: d² / 2 below \`delta\`, a straight line of slope \`delta\` beyond. Huber, 1964.
block huber(delta: float = 1.0, reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let gap = prediction - target
  let d = abs(gap)
  let value = where(d < delta, 0.5 * gap * gap, delta * (d - 0.5 * delta))
  return if reduce then mean(value) else value
}

/// With d = |prediction − target|: d² / (2 beta) below \`beta\`, d − beta / 2 beyond: huber / beta. Girshick, 2015.
block smooth_l1(beta: float = 1.0, reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let gap = prediction - target
  let d = abs(gap)
  let value = where(d < beta, 0.5 / beta * gap * gap, d - 0.5 * beta)
  return if reduce then mean(value) else value
}

/// −(pos_weight · target · ln p + (1 − target) · ln(1 − p)) · weight with p = sigmoid(logits), computed without overflow;
/// with \`from_logits = false\` the first input is p itself, and logarithms stop at −100 as PyTorch's do.
/// PyTorch: binary_cross_entropy_with_logits, binary_cross_entropy.
block binary_cross_entropy(from_logits: bool = true, reduce: bool = true)
  (logits: [...s], target: [...s], weight: [...w]?, pos_weight: [...p]?) -> [...] {
  let yes = if from_logits then softplus(-logits) else -clamp(log(logits), low = -100)
  let no = if from_logits then softplus(logits) else -clamp(log1p(-logits), low = -100)
  let plain = (if pos_weight == none then target else pos_weight * target) * yes + (1 - target) * no
  let value = if weight == none then plain else weight * plain
  return if reduce then mean(value) else value
}

/// Σ target · (ln target − log_probs) / n over the first axis n (PyTorch's \`batchmean\`); the elements with \`reduce = false\`.
/// With \`log_target\` the target is given by its logarithms. A target of 0 counts nothing.
block kl_divergence(log_target: bool = false, reduce: bool = true)(log_probs: [n, ...s], target: [n, ...s]) -> [...] {
  let value = if log_target then exp(target) * (target - log_probs)
    else where(target > 0, target * (log(where(target > 0, target, 1)) - log_probs), 0)
  return if reduce then sum(value) / n else value
}

/// Mean of max(‖a − p‖ − ‖a − n‖ + margin, 0) with the Euclidean norm over the last axis. Schroff et al., 2015.
block triplet(margin: float = 1.0, reduce: bool = true)(anchor: [..., d], positive: [..., d], negative: [..., d]) -> [...] {
  let near = euclidean(anchor, positive)
  let far = euclidean(anchor, negative)
  let value = relu(near - far + margin)
  return if reduce then mean(value) else value
}

/// ‖a − b + eps‖ over the last axis; \`eps\` keeps the gradient finite. PyTorch: pairwise_distance.
block euclidean(eps: float = 1e-6)(a: [..., d], b: [..., d]) -> [...] {
  let gap = a - b + eps
  return sqrt(sum(gap * gap, axis = -1))
}

/// a · b / (max(‖a‖, eps) · max(‖b‖, eps)) along \`axis\`.
block cosine_similarity(axis: int = -1, eps: float = 1e-8)(a: [...s], b: [...s]) -> [...] {
  let size_a = sqrt(max(sum(a * a, axis = axis), eps * eps))
  let size_b = sqrt(max(sum(b * b, axis = axis), eps * eps))
  return sum(a * b, axis = axis) / (size_a * size_b)
}
`,
  "metrics.dlm": `/// Mean over everything seen in this pass, or over the elements where \`where\` is true. Metrics are made of it.
block average(x: [...s], where: bool[...s]?) -> [] {
  state total: [] = 0
  state count: [] = 0
  update total = total + (if where == none then sum(x) else sum(chosen(x, where)))
  update count = count + (if where == none then size(x) else f32(sum(where)))
  return total / max(count, 1)
}

/// x where \`mask\` is true, else 0.
block chosen(x: [...s], mask: bool[...s]) -> [...s] = where(mask, x, 0)

/// Share of positions whose largest logit is the label's.
block accuracy(logits: [..., classes], label: i32[...], where: bool[...]?) -> [] =
  average(argmax(logits) == label, where = where)

/// Share of positions whose label is among the \`k\` largest logits.
block top_k(k: int = 5)(logits: [..., classes], label: i32[...]) -> [] {
  let own = sum(where(iota(classes) == label[..., none], logits, 0), axis = -1)
  return average(sum(not (logits <= own[..., none]), axis = -1) < k)
}

/// Counts over the whole pass: row = label, column = the class predicted.
block confusion(logits: [..., classes], label: i32[...]) -> [classes, classes] {
  state counts: [classes, classes] = zeros
  let truth = label |> one_hot(classes) |> reshape([_, classes])
  let guess = argmax(logits) |> one_hot(classes) |> reshape([_, classes])
  update counts = counts + transpose(truth) @ guess
  return counts
}

/// True positives / predicted positives over the whole pass: of one \`class\`, or the mean over all classes (macro).
/// A class that was never predicted has precision 0.
block precision(class: int? = none)(logits: [..., classes], label: i32[...]) -> [] {
  let counts = confusion(logits, label)
  let each = diagonal(counts) / max(sum(counts, axis = 0), 1)
  return if class == none then mean(each) else each[class]
}

/// True positives / labels over the whole pass: of one \`class\`, or the mean over all classes (macro).
/// A class without a label has recall 0.
block recall(class: int? = none)(logits: [..., classes], label: i32[...]) -> [] {
  let counts = confusion(logits, label)
  let each = diagonal(counts) / max(sum(counts, axis = 1), 1)
  return if class == none then mean(each) else each[class]
}

/// 2 · precision · recall / (precision + recall) over the whole pass: of one \`class\`, or the mean over all classes (macro).
block f1(class: int? = none)(logits: [..., classes], label: i32[...]) -> [] {
  let counts = confusion(logits, label)
  let each = 2 * diagonal(counts) / max(sum(counts, axis = 0) + sum(counts, axis = 1), 1)
  return if class == none then mean(each) else each[class]
}

/// The elements [i, i].
block diagonal(x: [n, n]) -> [n] = sum(where(iota(n)[:, none] == iota(n)[none, :], x, 0), axis = 1)

/// Area under the ROC curve over the whole pass, exactly: the share of pairs of a positive (label 1) and a negative (label 0)
/// in which the positive has the larger score; ties count one half. Every new score is compared with all that came before.
block auc(score: [n], label: i32[n]) -> [] {
  state scores: [examples] = zeros
  state sides: [examples] = zeros
  state seen: i32[] = 0
  state wins: [] = 0
  let side = where(label == 1, 1.0, -1.0)
  let place = iota(examples) - seen
  let fresh = place >= 0 and place < n
  update scores = where(fresh, score[place], scores)
  update sides = where(fresh, side[place], sides)
  let older = place < 0
  update wins = wins + sum(pair_wins(score, side, scores, where(older, sides, 0)))
    + 0.5 * sum(pair_wins(score, side, score, side))
  update seen = seen + n
  let positives = f32(sum(sides > 0))
  let negatives = f32(sum(sides < 0))
  return wins / max(positives * negatives, 1)
}

/// For every pair of opposite sides (±1; 0 is no side): 1 where the positive has the larger score, ½ on a tie, else 0.
block pair_wins(a: [n], side_a: [n], b: [m], side_b: [m]) -> [n, m] {
  let gap = (a[:, none] - b[none, :]) * side_a[:, none]
  let opposite = side_a[:, none] * side_b[none, :] < 0
  return where(opposite, where(gap > 0, 1.0, where(gap < 0, 0.0, 0.5)), 0.0)
}

/// e to the mean cross entropy of the positions (those where \`where\` is true) over the whole pass.
block perplexity(logits: [..., classes], label: i32[...], where: bool[...]?) -> [] =
  exp(average(cross_entropy(logits, label, reduce = false), where = where))

/// Mean absolute error over the whole pass.
block mae(prediction: [...s], target: [...s]) -> [] = average(abs(prediction - target))

/// Root of the mean squared error over the whole pass.
block rmse(prediction: [...s], target: [...s]) -> [] = sqrt(average((prediction - target) ** 2))

/// 1 − Σ (target − prediction)² / Σ (target − mean)² over the whole pass. The mean and the squares about it are merged
/// batch by batch (Chan et al., 1979), which keeps digits where the mean is large.
block r2(prediction: [...s], target: [...s]) -> [] {
  state count: [] = 0
  state middle: [] = 0
  state spread: [] = 0
  state missed: [] = 0
  let n = size(target)
  let here = mean(target)
  let shift = here - middle
  let total = count + n
  update missed = missed + sum((target - prediction) ** 2)
  update spread = spread + sum((target - here) ** 2) + shift * shift * count * n / total
  update middle = middle + shift * n / total
  update count = total
  return 1 - missed / spread
}
`,
  "mixing.dlm": `// Augmentation that mixes the examples of a batch. It needs pairs of examples, so it stands in a model, not in a field; targets are
// shares of classes, for \`soft_cross_entropy\`. Outside training images stay as they are and targets are the labels, one-hot:
//
//     model Mixed(image: [batch, 3, 32, 32], label: i32[batch]) -> (logits: [batch, 10], target: [batch, 10]) {
//       let (mixed, target) = cutmix(10)(image, label)
//       return (mixed |> body, target)
//     }

/// Every image blended with the one before it in the (shuffled) batch, share · image + (1 − share) · other, and so its label; one
/// share for the batch, drawn from Beta(alpha, alpha). Zhang et al., 2018; torchvision: MixUp.
block mixup(classes: int, alpha: float = 1.0)(image: [n, ...s], label: i32[n]) -> (image: [n, ...s], target: [n, classes]) {
  let target = one_hot(label, classes = classes)
  if not training { return (image, target) }
  let share = beta(alpha)
  return (share * image + (1 - share) * before(image), share * target + (1 - share) * before(target))
}

/// A rectangle of every image taken from the one before it in the (shuffled) batch, and as much of its label; one rectangle for the
/// batch, of the share of the area that Beta(alpha, alpha) draws, around a random pixel, cut off at the border. Yun et al., 2019;
/// torchvision: CutMix.
block cutmix(classes: int, alpha: float = 1.0)
  (image: [n, c, h, w], label: i32[n]) -> (image: [n, c, h, w], target: [n, classes]) {
  let target = one_hot(label, classes = classes)
  if not training { return (image, target) }
  let reach = 0.5 * sqrt(1 - beta(alpha))
  let rows = within(h)(floor(reach * h))
  let columns = within(w)(floor(reach * w))
  let share = 1 - mean(f32(rows)) * mean(f32(columns))
  let mixed = where(rows[:, none] and columns[none, :], before(image), image)
  return (mixed, share * target + (1 - share) * before(target))
}

/// Which of 0 … n − 1 lie less than \`reach\` before a number drawn among them, or up to it after.
block within(n: int)(reach: []) -> bool[n] {
  let centre = random_int(n)
  return iota(n) >= centre - reach and iota(n) < centre + reach
}

/// Each example of a batch replaced by the one before it, the first by the last.
block before(x: [n, ...s]) -> [n, ...s] = take(x, (iota(n) + (n - 1)) % n, axis = 0)

/// A draw from the distribution Beta(alpha, alpha): a / (a + b) for two draws a and b from Gamma(alpha).
block beta(alpha: float) -> [] = sigmoid(log_gamma_draw(alpha) - log_gamma_draw(alpha))

/// The logarithm of a draw from Gamma(alpha), so that a small alpha does not underflow. Eight attempts for Gamma(alpha + 1), each
/// accepted nineteen times of twenty or more, then brought down to alpha. Marsaglia and Tsang, 2000.
block log_gamma_draw(alpha: float) -> [] {
  let d = alpha + 2 / 3.0
  let x = normal([8])
  let v = (1 + x / sqrt(9 * d)) ** 3
  let log_v = log(max(v, 1e-30))
  let accepted = v > 0 and log(1 - uniform([8])) < 0.5 * x * x + d - d * v + d * log_v
  let first = argmax(i32(accepted))
  return log(d) + log_v[first] + log(1 - uniform([])) / alpha
}
`,
  "mobile.dlm": `// Convolutions in two parts, for small and fast networks: one filter a channel, then 1×1 convolutions that mix the channels.

/// min(max(x, 0), 6). Krizhevsky, 2010.
block relu6(x: [...s]) -> [...s] = clamp(x, low = 0, high = 6)

/// A 3×3 convolution of each channel by itself, then a 1×1 convolution, each with batch norm and relu: [n, c, h, w] → [n, channels,
/// ⌈h / stride⌉, ⌈w / stride⌉], for about a ninth of the work of a full 3×3 convolution. Parameters \`depthwise.conv.weight\` [c, 1, 3, 3],
/// \`pointwise.conv.weight\` [channels, c, 1, 1], …. Howard et al., 2017, "MobileNets".
block depthwise_separable(channels: int, stride: int = 1)(x: [n, c, h, w]) -> [n, channels, ...] {
  let depthwise = conv_norm(c, 3, stride = stride, padding = 1, groups = c)
  let pointwise = conv_norm(channels, 1)
  return x |> depthwise |> pointwise
}

/// 1×1 convolution to \`expand\` · c channels, 3×3 convolution of each by itself, 1×1 convolution to \`channels\` without activation;
/// beside a shortcut where the shape stays: [n, c, h, w] → [n, channels, ⌈h / stride⌉, ⌈w / stride⌉]. Parameters \`conv.0.0.weight\`,
/// \`conv.0.1.weight\`, …, with \`expand = 1\` without the first convolution.
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

/// Convolution that keeps the size up to the stride, batch norm and \`relu6\`, as a list of three.
block mobile_layer(channels: int, kernel: int, stride: int = 1, groups: int = 1) = [
  conv(channels, kernel, stride = stride, padding = div(kernel, 2), groups = groups, use_bias = false, init = rectified),
  batch_norm,
  relu6,
]
`,
  "normalisation.dlm": `/// Normalises every channel of [n, c, …] over the batch and all positions, then scales and shifts it: \`weight\`, \`bias\` [c].
/// Training uses the batch's mean and (biased) variance and remembers them in \`running_mean\`, \`running_var\` (unbiased),
/// evaluation uses what was remembered. PyTorch: BatchNorm1d, BatchNorm2d. Ioffe and Szegedy, 2015.
block batch_norm(momentum: float = 0.1, eps: float = 1e-5, affine: bool = true)(x: [n, c, ...space]) -> [n, c, ...space] {
  state running_mean: [c] = zeros
  state running_var: [c] = ones
  let (batch_mean, batch_var) = moments(x, keep = 1)
  if training {
    let seen = size(x) / c
    update running_mean = (1 - momentum) * running_mean + momentum * batch_mean
    update running_var = (1 - momentum) * running_var + momentum * batch_var * seen / (seen - 1)
  }
  let (centre, spread) = if training then (batch_mean, batch_var) else (running_mean, running_var)
  let ones_after = map(space, _ => 1)
  let scored = (x - reshape(centre, shape = [c, ...ones_after])) * reshape(rsqrt(spread + eps), shape = [c, ...ones_after])
  if not affine { return scored }
  param weight: [c] = ones
  param bias: [c] = zeros
  return scored * reshape(weight, shape = [c, ...ones_after]) + reshape(bias, shape = [c, ...ones_after])
}

/// (x − mean) / √(biased variance + eps) over the last axis, then \`weight\`, \`bias\` [d]. PyTorch: LayerNorm(d). Ba et al., 2016.
block layer_norm(eps: float = 1e-5, affine: bool = true)(x: [..., d]) -> [..., d] {
  if not affine { return standard_score(eps)(x) }
  param weight: [d] = ones
  param bias: [d] = zeros
  return standard_score(eps)(x) * weight + bias
}

/// (x − mean) / √(biased variance + eps) over the last axis.
block standard_score(eps: float)(x: [..., d]) -> [..., d] {
  let centred = x - mean(x, axis = -1, keep = true)
  return centred * rsqrt(mean(centred * centred, axis = -1, keep = true) + eps)
}

/// x / √(mean(x²) + eps) over the last axis, then \`weight\` [d]. Zhang and Sennrich, 2019.
block rms_norm(eps: float = 1e-6, affine: bool = true)(x: [..., d]) -> [..., d] {
  let scaled = x * rsqrt(mean(x * x, axis = -1, keep = true) + eps)
  if not affine { return scaled }
  param weight: [d] = ones
  return scaled * weight
}

/// Normalises each group of c / groups neighbouring channels of [n, c, …] with all their positions, then scales and shifts
/// every channel: \`weight\`, \`bias\` [c]. PyTorch: GroupNorm(groups, c). Wu and He, 2018.
block group_norm(groups: int, eps: float = 1e-5, affine: bool = true)(x: [n, c, ...space]) -> [n, c, ...space] {
  let scored = x |> reshape([n, groups, c / groups * prod(space)]) |> standard_score(eps) |> reshape([n, c, ...space])
  if not affine { return scored }
  param weight: [c] = ones
  param bias: [c] = zeros
  let ones_after = map(space, _ => 1)
  return scored * reshape(weight, shape = [c, ...ones_after]) + reshape(bias, shape = [c, ...ones_after])
}

/// Normalises every channel of every example by its own mean and biased variance. PyTorch: InstanceNorm1d and 2d, which
/// do without \`weight\` and \`bias\` [c] too unless \`affine\` is set. Ulyanov et al., 2016.
block instance_norm(eps: float = 1e-5, affine: bool = false)(x: [n, c, ...space]) -> [n, c, ...space] {
  let scored = x |> reshape([n, c, prod(space)]) |> standard_score(eps) |> reshape([n, c, ...space])
  if not affine { return scored }
  param weight: [c] = ones
  param bias: [c] = zeros
  let ones_after = map(space, _ => 1)
  return scored * reshape(weight, shape = [c, ...ones_after]) + reshape(bias, shape = [c, ...ones_after])
}
`,
  "optimizers.dlm": `/// Stochastic gradient descent, with momentum when \`momentum\` is not 0:
/// g += weight_decay · w; v = momentum · v + (1 − dampening) · g, v = g in the first step; w −= lr · v, or with \`nesterov\`
/// w −= lr · (g + momentum · v). Names and defaults are those of PyTorch's SGD.
block sgd(lr: block = 1e-3, momentum: float = 0, dampening: float = 0, nesterov: bool = false, weight_decay: float = 0)
  (w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  let slope = if weight_decay == 0 then g else g + weight_decay * w
  if momentum == 0 { return w - lr(step, steps) * slope }
  state velocity: [...s] = zeros
  if dampening == 0 {
    update velocity = momentum * velocity + slope
    return w - lr(step, steps) * (if nesterov then slope + momentum * velocity else velocity)
  }
  state begun: [] = zeros
  update velocity = where(begun == 0, slope, momentum * velocity + (1 - dampening) * slope)
  update begun = 1
  return w - lr(step, steps) * (if nesterov then slope + momentum * velocity else velocity)
}

/// 1 − beta^t, exact also where beta is near 1.
block bias_correction(beta: float)(t: []) -> [] = -expm1(t * log(beta))

/// m = beta1 · m + (1 − beta1) · g; v = beta2 · v + (1 − beta2) · g²; w −= lr · m̂ / (√v̂ + eps), where the hats divide by
/// 1 − beta^t. \`weight_decay\` is added to the gradient (L2). With \`amsgrad\` the largest v so far takes the place of v.
/// Kingma and Ba, 2015, "Adam"; Reddi et al., 2018. PyTorch: Adam(betas = (beta1, beta2)).
block adam(
  lr: block = 1e-3,
  beta1: float = 0.9,
  beta2: float = 0.999,
  eps: float = 1e-8,
  weight_decay: float = 0,
  amsgrad: bool = false,
)(w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  let slope = if weight_decay == 0 then g else g + weight_decay * w
  return w - lr(step, steps) * adam_direction(beta1, beta2, eps, amsgrad)(slope, step)
}

/// Adam's step without the rate: m̂ / (√v̂ + eps).
block adam_direction(beta1: float, beta2: float, eps: float, amsgrad: bool = false)(g: [...s], step: []) -> [...s] {
  state m: [...s] = zeros
  state v: [...s] = zeros
  update m = beta1 * m + (1 - beta1) * g
  update v = beta2 * v + (1 - beta2) * g * g
  let rising = m / bias_correction(beta1)(step + 1)
  let scale = bias_correction(beta2)(step + 1)
  if amsgrad {
    state largest_v: [...s] = zeros
    update largest_v = max(largest_v, v)
    return rising / (sqrt(largest_v / scale) + eps)
  }
  return rising / (sqrt(v / scale) + eps)
}

/// Adam whose weight decay acts on the weights and not through the gradient: w −= lr · weight_decay · w first.
/// Loshchilov and Hutter, 2019, "Decoupled weight decay regularization".
block adamw(
  lr: block = 1e-3,
  beta1: float = 0.9,
  beta2: float = 0.999,
  eps: float = 1e-8,
  weight_decay: float = 1e-2,
  amsgrad: bool = false,
)(w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  let rate = lr(step, steps)
  return w - rate * (weight_decay * w + adam_direction(beta1, beta2, eps, amsgrad)(g, step))
}

/// v = alpha · v + (1 − alpha) · g²; w −= lr · g / (√v + eps). \`centered\` subtracts the square of the gradient's running
/// mean; with \`momentum\` the quotients are summed as in \`sgd\`. Tieleman and Hinton, 2012.
block rmsprop(
  lr: block = 1e-2,
  alpha: float = 0.99,
  eps: float = 1e-8,
  momentum: float = 0,
  centered: bool = false,
  weight_decay: float = 0,
)(w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  let slope = if weight_decay == 0 then g else g + weight_decay * w
  let quotient = slope / (sqrt(rms_spread(alpha, centered)(slope)) + eps)
  if momentum == 0 { return w - lr(step, steps) * quotient }
  state velocity: [...s] = zeros
  update velocity = momentum * velocity + quotient
  return w - lr(step, steps) * velocity
}

/// Running mean of the squared gradient, about its running mean when \`centered\`.
block rms_spread(alpha: float, centered: bool)(g: [...s]) -> [...s] {
  state v: [...s] = zeros
  update v = alpha * v + (1 - alpha) * g * g
  if not centered { return v }
  state mean_g: [...s] = zeros
  update mean_g = alpha * mean_g + (1 - alpha) * g
  return v - mean_g * mean_g
}

/// s += g²; w −= lr / (1 + step · lr_decay) · g / (√s + eps); s starts at \`initial_accumulator_value\`.
/// Duchi et al., 2011.
block adagrad(
  lr: block = 1e-2,
  lr_decay: float = 0,
  initial_accumulator_value: float = 0,
  eps: float = 1e-10,
  weight_decay: float = 0,
)(w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  state s: [...s] = full(initial_accumulator_value)
  let slope = if weight_decay == 0 then g else g + weight_decay * w
  update s = s + slope * slope
  return w - lr(step, steps) / (1 + step * lr_decay) * slope / (sqrt(s) + eps)
}

/// v = rho · v + (1 − rho) · g²; d = √(u + eps) / √(v + eps) · g; u = rho · u + (1 − rho) · d²; w −= lr · d.
/// Zeiler, 2012.
block adadelta(lr: block = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0)
  (w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  state v: [...s] = zeros
  state u: [...s] = zeros
  let slope = if weight_decay == 0 then g else g + weight_decay * w
  update v = rho * v + (1 - rho) * slope * slope
  let d = sqrt(u + eps) / sqrt(v + eps) * slope
  update u = rho * u + (1 - rho) * d * d
  return w - lr(step, steps) * d
}

/// Adam with the largest gradient in the place of the root mean square: u = max(beta2 · u, |g| + eps);
/// w −= lr / (1 − beta1^t) · m / u. Kingma and Ba, 2015.
block adamax(lr: block = 2e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = 0)
  (w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  state m: [...s] = zeros
  state u: [...s] = zeros
  let slope = if weight_decay == 0 then g else g + weight_decay * w
  update m = beta1 * m + (1 - beta1) * slope
  update u = max(beta2 * u, abs(slope) + eps)
  return w - lr(step, steps) / bias_correction(beta1)(step + 1) * m / u
}

/// The sign of a running mean of gradients: w −= lr · (sign(beta1 · m + (1 − beta1) · g) + weight_decay · w), then
/// m = beta2 · m + (1 − beta2) · g. Chen et al., 2023, "Symbolic discovery of optimization algorithms".
block lion(lr: block = 1e-4, beta1: float = 0.9, beta2: float = 0.99, weight_decay: float = 0)
  (w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  state m: [...s] = zeros
  let direction = sign(beta1 * m + (1 - beta1) * g)
  update m = beta2 * m + (1 - beta2) * g
  return w - lr(step, steps) * (direction + weight_decay * w)
}

/// Adam's direction, with weight decay, at the length of the parameter: w −= lr · ‖w‖ / ‖r‖ · r; the ratio is 1 where a
/// norm is 0. You et al., 2020, "Large batch optimization for deep learning".
block lamb(lr: block = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-6, weight_decay: float = 0)
  (w: [...s], g: [...s], step: [], steps: []) -> [...s] {
  let r = adam_direction(beta1, beta2, eps)(g, step) + weight_decay * w
  let length = sqrt(sum(w * w))
  let change = sqrt(sum(r * r))
  let usable = length > 0 and change > 0
  let ratio = where(usable, length / where(usable, change, 1), 1)
  return w - lr(step, steps) * ratio * r
}
`,
  "patches.dlm": `/// Cuts an image into squares of \`size\` and maps each to a vector, row by row: [n, c, h, w] → [n, h / size · w / size, width].
/// \`conv_proj.weight\` [width, c, size, size]. Dosovitskiy et al., 2021, "An image is worth 16×16 words". torchvision: the
/// conv_proj of VisionTransformer.
block patch_embedding(size: int, width: int)(x: [n, c, h, w]) -> [n, _, width] {
  let conv_proj = conv(width, size, stride = size)
  return x |> conv_proj |> rearrange("n d i j -> n (i j) d")
}
`,
  "plain_convolution.dlm": `// Stages of networks that are one chain of convolutions, and the convolution with batch norm that many others are made of.

/// Convolution, batch norm, \`activation\`: [n, c, h, w] → [n, channels, …], sizes as \`conv\`'s. \`conv.weight\`, \`bn.weight\`, ….
/// Ioffe and Szegedy, 2015. torchvision: BasicConv2d with \`eps = 0.001\`.
block conv_norm(
  channels: int,
  kernel: list[int],
  stride: list[int] = 1,
  padding: list[int] = 0,
  groups: int = 1,
  eps: float = 1e-5,
  activation: block = relu,
  init: block = kaiming_uniform,
)(x: [n, c, h, w]) -> [n, channels, ...] {
  let conv = conv(channels, kernel, stride = stride, padding = padding, groups = groups, use_bias = false, init = init)
  let bn = batch_norm(eps = eps)
  return x |> conv |> bn |> activation
}

/// \`convs\` 3×3 convolutions that keep the size, each rectified (after batch norm where \`norm\` is set), then a pool that halves it:
/// [n, c, h, w] → [n, channels, h / 2, w / 2]. Simonyan and Zisserman, 2015, "Very deep convolutional networks".
block vgg_stage(convs: int, channels: int, norm: bool = false) =
  repeat(convs, vgg_layer(channels, norm)) |> max_pool(2)

/// One convolution of \`vgg_stage\`.
block vgg_layer(channels: int, norm: bool = false) =
  if norm then conv(channels, 3, padding = 1) |> batch_norm |> relu else conv(channels, 3, padding = 1) |> relu

/// A convolution and two of 1×1, each rectified: a small network that looks at every window. [n, c, h, w] → [n, channels, …].
/// With \`norm\` batch norm stands before each activation. Lin et al., 2014, "Network in network".
block nin_block(channels: int, kernel: list[int], stride: list[int] = 1, padding: list[int] = 0, norm: bool = false) =
  nin_layer(channels, kernel, stride, padding, norm) |> repeat(2, nin_layer(channels, 1, 1, 0, norm))

/// One convolution of \`nin_block\`.
block nin_layer(channels: int, kernel: list[int], stride: list[int], padding: list[int], norm: bool) =
  if norm then conv(channels, kernel, stride = stride, padding = padding, use_bias = false) |> batch_norm |> relu
  else conv(channels, kernel, stride = stride, padding = padding) |> relu
`,
  "pooling.dlm": `/// Largest element of every window over the axes after the channels; padding never wins. \`stride\` is the kernel's size where
/// it is not given. Of equal elements the first gets the gradient. Sizes round down, or up with \`ceil\`, where the last window
/// may lie partly outside. PyTorch: MaxPool1d, MaxPool2d (ceil_mode = ceil).
block max_pool(kernel: list[int], stride: list[int]? = none, padding: list[int] = 0, ceil: bool = false)
  (x: [n, c, ...space]) -> [n, c, ...] {
  let axes = len(space)
  let window = per_axis(kernel, axes)
  let step = per_axis(if stride == none then kernel else stride, axes)
  let edge = if ceil then map(zip(window, step, per_axis(padding, axes)), (k, s, p) => (p, min(p + s - 1, k - 1))) else padding
  return x |> windows(window, stride = step, padding = edge, fill = -inf) |> max(axis = range(-axes, 0), ties = "first")
}

/// Mean of every window over the axes after the channels. Padding adds zeros; with \`count_include_pad = false\` the sum is
/// divided by the number of real elements in the window. PyTorch: AvgPool1d, AvgPool2d.
block avg_pool(kernel: list[int], stride: list[int]? = none, padding: list[int] = 0, count_include_pad: bool = true)
  (x: [n, c, ...space]) -> [n, c, ...] {
  let step = if stride == none then kernel else stride
  let cut = windows(per_axis(kernel, len(space)), stride = step, padding = padding)
  let axes = range(-len(space), 0)
  if count_include_pad { return x |> cut |> mean(axis = axes) }
  return sum(cut(x), axis = axes) / sum(cut(ones(space)), axis = axes)
}

/// Means of \`size\` cells an axis: cell i of o averages elements floor(i · h / o) to ceil((i + 1) · h / o) − 1.
/// One number stands for both axes of an image. PyTorch: AdaptiveAvgPool2d(size).
block adaptive_avg_pool(size: list[int])(x: [n, c, h, w]) -> [n, c, ...] {
  let (rows, columns) = per_axis(size, 2)
  let narrow = einsum("n c h w, j w -> n c h j")(x, cells(columns, w))
  return einsum("n c h j, i h -> n c i j")(narrow, cells(rows, h))
}

/// Row i holds 1 / length where cell i of \`count\` over \`length\` elements lies, else 0.
block cells(count: int, length: int) -> [count, length] {
  let start = div(iota(count) * length, count)
  let stop = div((iota(count) + 1) * length + count - 1, count)
  let place = iota(length)[none, :]
  let inside = f32(place >= start[:, none] and place < stop[:, none])
  return inside / sum(inside, axis = 1, keep = true)
}

/// Mean over all positions: [n, c, …] → [n, c].
block global_avg_pool(x: [n, c, ...space]) -> [n, c] = mean(x, axis = range(2, rank(x)))

/// Largest element over all positions: [n, c, …] → [n, c].
block global_max_pool(x: [n, c, ...space]) -> [n, c] = max(x, axis = range(2, rank(x)), ties = "first")
`,
  "recurrent.dlm": `// Recurrent layers. Gate orders, layouts and start values of parameters are PyTorch's; what PyTorch calls
// \`lstm.weight_ih_l1\` and \`lstm.weight_ih_l1_reverse\` is \`lstm.forward.1.weight_ih\` and \`lstm.backward.1.weight_ih\` here.

/// One step of a plain recurrent layer: h′ = tanh(W_ih x + b_ih + W_hh h + b_hh), or \`relu\` in the place of tanh.
/// \`weight_ih\` [hidden, d], \`weight_hh\` [hidden, hidden], \`bias_ih\`, \`bias_hh\` [hidden]. PyTorch: RNNCell. Elman, 1990.
block rnn_cell(hidden: int, nonlinearity: "tanh" | "relu" = "tanh", use_bias: bool = true)
  (x: [batch, d], h: [batch, hidden]) -> [batch, hidden] {
  let act = if nonlinearity == "tanh" then tanh else relu
  param weight_ih: [hidden, d] = uniform_by_fan(hidden)
  param weight_hh: [hidden, hidden] = uniform_by_fan(hidden)
  if not use_bias { return act(x @ transpose(weight_ih) + h @ transpose(weight_hh)) }
  param bias_ih: [hidden] = uniform_by_fan(hidden)
  param bias_hh: [hidden] = uniform_by_fan(hidden)
  return act((x @ transpose(weight_ih) + bias_ih) + (h @ transpose(weight_hh) + bias_hh))
}

/// One step of a gated recurrent unit: \`gru_gates\` of W_ih x + b_ih and W_hh h + b_hh, each for the gates r, z, n in this
/// order. \`weight_ih\` [3 · hidden, d], \`weight_hh\` [3 · hidden, hidden], \`bias_ih\`, \`bias_hh\` [3 · hidden].
/// PyTorch: GRUCell. Cho et al., 2014.
block gru_cell(hidden: int, use_bias: bool = true)(x: [batch, d], h: [batch, hidden]) -> [batch, hidden] {
  param weight_ih: [3 * hidden, d] = uniform_by_fan(hidden)
  param weight_hh: [3 * hidden, hidden] = uniform_by_fan(hidden)
  if not use_bias { return gru_gates(x @ transpose(weight_ih), h @ transpose(weight_hh), h) }
  param bias_ih: [3 * hidden] = uniform_by_fan(hidden)
  param bias_hh: [3 * hidden] = uniform_by_fan(hidden)
  return gru_gates(x @ transpose(weight_ih) + bias_ih, h @ transpose(weight_hh) + bias_hh, h)
}

/// r, z = sigmoid(row + carried), n = tanh(row + r · carried), h′ = (1 − z) · n + z · h, with the thirds r, z, n of
/// \`row\` and \`carried\` [batch, 3 · hidden].
block gru_gates(row: [batch, 3 * hidden], carried: [batch, 3 * hidden], h: [batch, hidden]) -> [batch, hidden] {
  let (rx, zx, nx) = row |> split(3)
  let (rh, zh, nh) = carried |> split(3)
  let z = sigmoid(zx + zh)
  let n = tanh(nx + sigmoid(rx + rh) * nh)
  return n + z * (h - n)
}

/// One step of long short-term memory: \`lstm_gates\` of W_ih x + b_ih + W_hh h + b_hh for the gates i, f, g, o in this order.
/// \`weight_ih\` [4 · hidden, d], \`weight_hh\` [4 · hidden, hidden], \`bias_ih\`, \`bias_hh\` [4 · hidden]; takes and gives the
/// states (h, c), each [batch, hidden]. PyTorch: LSTMCell. Hochreiter and Schmidhuber, 1997; Gers et al., 2000.
block lstm_cell(hidden: int, use_bias: bool = true)
  (x: [batch, d], state: ([batch, hidden], [batch, hidden])) -> ([batch, hidden], [batch, hidden]) {
  let (h, c) = state
  param weight_ih: [4 * hidden, d] = uniform_by_fan(hidden)
  param weight_hh: [4 * hidden, hidden] = uniform_by_fan(hidden)
  if not use_bias { return lstm_gates(x @ transpose(weight_ih) + h @ transpose(weight_hh), c) }
  param bias_ih: [4 * hidden] = uniform_by_fan(hidden)
  param bias_hh: [4 * hidden] = uniform_by_fan(hidden)
  return lstm_gates((x @ transpose(weight_ih) + bias_ih) + (h @ transpose(weight_hh) + bias_hh), c)
}

/// c′ = sigmoid(f) · c + sigmoid(i) · tanh(g), h′ = sigmoid(o) · tanh(c′), with the quarters i, f, g, o of \`gates\`
/// [batch, 4 · hidden].
block lstm_gates(gates: [batch, 4 * hidden], c: [batch, hidden]) -> (h: [batch, hidden], c: [batch, hidden]) {
  let (i, f, g, o) = gates |> split(4)
  let next = sigmoid(f) * c + sigmoid(i) * tanh(g)
  return (sigmoid(o) * tanh(next), next)
}

/// A plain recurrent network over x [batch, time, d], \`layers\` deep: [batch, time, hidden]. With \`bidirectional\` each layer
/// also runs backwards over time, and outputs are [batch, time, 2 · hidden], forward before backward. \`drop\` is the dropout
/// between layers while training. \`h\` are the states to start from, [layers · directions, batch, hidden], layer 0 forward,
/// layer 0 backward, layer 1 forward and so on; zeros where it is not given. Where \`mask\` [batch, time] is false a step hands
/// its state on and gives 0, so that the last state is that after the last real step, and the backward direction starts
/// there. With \`final\` the result is (outputs, last states), these in the order of \`h\`. PyTorch: RNN(batch_first = True).
block rnn(
  hidden: int,
  layers: int = 1,
  bidirectional: bool = false,
  nonlinearity: "tanh" | "relu" = "tanh",
  drop: float = 0,
  use_bias: bool = true,
  final: bool = false,
)(x: [batch, time, d], h: [_, batch, hidden]?, mask: bool[batch, time]?) {
  let count = if bidirectional then 2 * layers else layers
  let start: [count, batch, hidden] = if h == none then zeros([count, batch, hidden]) else h
  let forward = map(range(layers), _ => rnn_cell(hidden, nonlinearity, use_bias))
  let backward = map(range(count - layers), _ => rnn_cell(hidden, nonlinearity, use_bias))
  let (y, last) = over_layers(map(forward, one_state), map(backward, one_state), drop)(x, (start,), mask)
  return if final then (y, last[0]) else y
}

/// A network of gated recurrent units; settings, inputs and results as in \`rnn\`. PyTorch: GRU(batch_first = True).
block gru(hidden: int, layers: int = 1, bidirectional: bool = false, drop: float = 0, use_bias: bool = true, final: bool = false)
  (x: [batch, time, d], h: [_, batch, hidden]?, mask: bool[batch, time]?) {
  let count = if bidirectional then 2 * layers else layers
  let start: [count, batch, hidden] = if h == none then zeros([count, batch, hidden]) else h
  let forward = map(range(layers), _ => gru_cell(hidden, use_bias))
  let backward = map(range(count - layers), _ => gru_cell(hidden, use_bias))
  let (y, last) = over_layers(map(forward, one_state), map(backward, one_state), drop)(x, (start,), mask)
  return if final then (y, last[0]) else y
}

/// A network of long short-term memory; settings and inputs as in \`rnn\`, but that there are two states to start from, \`h\`
/// and \`c\`; with \`final\` the result is (outputs, (last h, last c)). PyTorch: LSTM(batch_first = True).
block lstm(hidden: int, layers: int = 1, bidirectional: bool = false, drop: float = 0, use_bias: bool = true, final: bool = false)
  (x: [batch, time, d], h: [_, batch, hidden]?, c: [_, batch, hidden]?, mask: bool[batch, time]?) {
  let count = if bidirectional then 2 * layers else layers
  let start_h: [count, batch, hidden] = if h == none then zeros([count, batch, hidden]) else h
  let start_c: [count, batch, hidden] = if c == none then zeros([count, batch, hidden]) else c
  let forward = map(range(layers), _ => lstm_cell(hidden, use_bias))
  let backward = map(range(count - layers), _ => lstm_cell(hidden, use_bias))
  let (y, last) = over_layers(forward, backward, drop)(x, (start_h, start_c), mask)
  return if final then (y, last) else y
}

/// A cell with one state as one with a tuple of states, which \`over_time\` takes.
block one_state(cell: block) = (x_t, state) => (cell(x_t, state[0]),)

/// Recurrent layers one above the other, each of a cell of \`forward\` and, unless that list is empty, one of \`backward\`: a
/// function of x [batch, time, d], a tuple of states to start from, each [layers · directions, batch, hidden], and a mask
/// [batch, time] or none; gives the outputs of the last layer and a tuple of the last states.
block over_layers(forward: list[block], backward: list[block], drop: float = 0) = (x, start, mask) => {
  let ways = if len(backward) == 0 then 1 else 2
  let layer = k => (input, ends) => {
    let input = if k == 0 then input else dropout(drop)(input)
    let (ahead, end) = over_time(forward[k])(input, map(start, s => s[k * ways]), mask)
    if ways == 1 { return (ahead, [...ends, end]) }
    let (back, other) = over_time(backward[k], reverse = true)(input, map(start, s => s[k * ways + 1]), mask)
    return (concat([ahead, back], axis = -1), [...ends, end, other])
  }
  let (y, ends) = chain(map(range(len(forward)), layer))((x, []))
  return (y, map(range(len(start)), i => stack(map(ends, end => end[i]))))
}

/// A cell over the axis of time: a function of x [batch, time, d], a tuple of states to start from and a mask [batch, time]
/// or none; gives the first state at every step, and the last states. The cell takes a row and a tuple of states and gives
/// the next states.
block over_time(cell: block, reverse: bool = false) = (x, start, mask) => {
  if mask == none {
    return scan((x_t, state) => {
      let next = cell(x_t, state)
      return (next[0], next)
    }, reverse = reverse)(x, start)
  }
  let step = ((x_t, real), state) => {
    let next = map(zip(cell(x_t, state), state), (new, old) => where(real[:, none], new, old))
    return (where(real[:, none], next[0], 0), next)
  }
  return scan(step, reverse = reverse)((x, mask), start)
}

/// One step of \`gru\` with its parameters under the same names: the next states of all layers from x [batch, d] and the
/// states h [layers, batch, hidden]. For decoders whose input hangs on the state.
block gru_step(hidden: int, layers: int = 1, use_bias: bool = true)
  (x: [batch, d], h: [layers, batch, hidden]) -> [layers, batch, hidden] {
  let forward = map(range(layers), _ => gru_cell(hidden, use_bias))
  let layer = k => (input, states) => {
    let next = forward[k](input, h[k])
    return (next, [...states, next])
  }
  let (_, states) = chain(map(range(layers), layer))((x, []))
  return stack(states)
}

/// Which of \`time\` positions are real in sequences of these lengths: for masks.
block real_positions(time: int)(length: i32[batch]) -> bool[batch, time] = iota(time) < length[:, none]

/// Mean over the positions where \`mask\` is true, \`empty\` where there are none.
block masked_mean(empty: float = 0)(x: [batch, time, d], mask: bool[batch, time]) -> [batch, d] {
  let count = sum(mask, axis = 1)[:, none]
  let mean = sum(where(mask[..., none], x, 0), axis = 1) / max(count, 1)
  return if empty == 0 then mean else where(count == 0, empty, mean)
}
`,
  "residual.dlm": `// Residual networks for images. Parameters bear torchvision's names: \`conv1.weight\`, \`bn1.weight\`, \`downsample.0.weight\`, ….

/// Two 3×3 convolutions with batch norm beside a shortcut: relu(shortcut(x) + main(x)). [n, c, h, w] → [n, channels, ⌈h / stride⌉,
/// ⌈w / stride⌉]. The shortcut is x itself where the shape stays, else a 1×1 convolution with batch norm. \`gate\` is applied to
/// the main branch before the sum, as \`squeeze_excite\`. He et al., 2016, "Deep residual learning for image recognition".
/// torchvision: BasicBlock.
block basic_block(channels: int, stride: int = 1, gate: block? = none)(x: [n, c, h, w]) -> [n, channels, ...] {
  let gate = if gate == none then (y => y) else gate
  let conv1 = conv(channels, 3, stride = stride, padding = 1, use_bias = false, init = rectified)
  let bn1 = batch_norm
  let conv2 = conv(channels, 3, padding = 1, use_bias = false, init = rectified)
  let bn2 = batch_norm
  let main = x |> conv1 |> bn1 |> relu |> conv2 |> bn2 |> gate
  if stride == 1 and c == channels { return relu(main + x) }
  let downsample = [conv(channels, 1, stride = stride, use_bias = false, init = rectified), batch_norm]
  return relu(main + chain(downsample)(x))
}

/// The block of deep residual networks: 1×1 to the inner width, 3×3, 1×1 to four times \`channels\`, beside a shortcut.
/// [n, c, h, w] → [n, 4 · channels, ⌈h / stride⌉, ⌈w / stride⌉]. The inner width is channels · width / 64 for each of the
/// \`groups\` of the 3×3 convolution, which also takes the stride. \`gate\` as in \`basic_block\`. He et al., 2016.
/// torchvision: Bottleneck(planes = channels, base_width = width).
block bottleneck(channels: int, stride: int = 1, groups: int = 1, width: int = 64, gate: block? = none)
  (x: [n, c, h, w]) -> [n, 4 * channels, ...] {
  let gate = if gate == none then (y => y) else gate
  let inner = div(channels * width, 64) * groups
  let conv1 = conv(inner, 1, use_bias = false, init = rectified)
  let bn1 = batch_norm
  let conv2 = conv(inner, 3, stride = stride, padding = 1, groups = groups, use_bias = false, init = rectified)
  let bn2 = batch_norm
  let conv3 = conv(4 * channels, 1, use_bias = false, init = rectified)
  let bn3 = batch_norm
  let main = x |> conv1 |> bn1 |> relu |> conv2 |> bn2 |> relu |> conv3 |> bn3 |> gate
  if stride == 1 and c == 4 * channels { return relu(main + x) }
  let downsample = [conv(4 * channels, 1, stride = stride, use_bias = false, init = rectified), batch_norm]
  return relu(main + chain(downsample)(x))
}

/// A \`bottleneck\` whose 3×3 convolution works in \`groups\` of \`width\` channels each (for \`channels\` = 64, and in proportion).
/// Xie et al., 2017, "Aggregated residual transformations for deep neural networks".
block resnext_block(channels: int, stride: int = 1, groups: int = 32, width: int = 4) =
  bottleneck(channels, stride = stride, groups = groups, width = width)

/// Scales every channel of [n, c, h, w] by a number between 0 and 1 that is computed from the means of all channels, through
/// max(c / reduction, 1) numbers. \`fc1.weight\` [c / reduction, c, 1, 1], \`fc2.weight\` [c, c / reduction, 1, 1].
/// Hu et al., 2018, "Squeeze-and-excitation networks". torchvision: SqueezeExcitation.
block squeeze_excite(reduction: int = 16, gate: block = sigmoid)(x: [n, c, h, w]) -> [n, c, h, w] {
  let squeezed = if c > reduction then div(c, reduction) else 1
  let fc1 = conv(squeezed, 1)
  let fc2 = conv(c, 1)
  return x * (mean(x, axis = (2, 3), keep = true) |> fc1 |> relu |> fc2 |> gate)
}

/// Normal with standard deviation √(2 / fan_out), which keeps the size of gradients through rectified units. He et al., 2015.
block rectified(shape: list[int]) -> [...shape] = kaiming_normal(shape, mode = "fan_out", nonlinearity = "relu")
`,
  "schedules.dlm": `/// The same rate at every step. A bare number where a schedule is wanted means this.
block constant(value: float)(step: [], steps: []) -> [] = value

/// Multiplies the rate by \`factor\` after every \`every\` steps: from · factor^floor(step / every).
/// PyTorch: StepLR(step_size = every, gamma = factor).
block step(from: float, every: int, factor: float = 0.1)(step: [], steps: []) -> [] =
  from * factor ** floor(step / every)

/// Multiplies the rate by \`factor\` at each of the steps \`at\`: from · factor^(number of entries of \`at\` that are ≤ step).
/// PyTorch: MultiStepLR(milestones = at, gamma = factor).
block multi_step(from: float, at: list[int], factor: float = 0.1)(step: [], steps: []) -> [] =
  from * factor ** f32(sum(step >= tensor(at)))

/// max(from · factor^step, to). PyTorch: ExponentialLR(gamma = factor).
block exponential(from: float, factor: float, to: float = 0)(step: [], steps: []) -> [] =
  max(from * factor ** step, to)

/// A straight line from \`from\` at the first step to \`to\` at the end of the run.
block linear(from: float, to: float = 0)(step: [], steps: []) -> [] =
  from + (to - from) * min(step / steps, 1)

/// to + (from − to) · (1 − step / steps)^power; \`to\` afterwards. PyTorch: PolynomialLR.
block polynomial(from: float, to: float = 0, power: float = 1)(step: [], steps: []) -> [] =
  to + (from - to) * (1 - min(step / steps, 1)) ** power

/// Half a cosine from \`from\` to \`to\` over the run; \`to\` afterwards.
/// PyTorch: CosineAnnealingLR(T_max = steps, eta_min = to). Loshchilov and Hutter, 2017, "SGDR".
block cosine(from: float, to: float = 0)(step: [], steps: []) -> [] =
  to + 0.5 * (from - to) * (1 + cos(pi * min(step / steps, 1)))

/// Falls like \`cosine\` in cycles and starts again from the top: the first lasts \`period\` steps, each later one \`grow\`
/// times as long as the one before. PyTorch: CosineAnnealingWarmRestarts(T_0 = period, T_mult = grow, eta_min = to).
/// Cycles are counted up to 24; the last one goes on.
block cosine_restarts(from: float, period: int, grow: int = 1, to: float = 0)(step: [], steps: []) -> [] {
  if grow == 1 {
    let place = step / period - floor(step / period)
    return to + 0.5 * (from - to) * (1 + cos(pi * place))
  }
  let starts = map(range(24), n => period * (grow ** n - 1) / (grow - 1.0))
  let lengths = map(range(24), n => period * grow ** n * 1.0)
  let cycle = sum(step >= tensor(starts)) - 1
  let place = (step - tensor(starts)[cycle]) / tensor(lengths)[cycle]
  return to + 0.5 * (from - to) * (1 + cos(pi * min(place, 1)))
}

/// Rises over the first \`rise\` steps to the start of \`rest\`, which then runs for what is left. Step \`rise\` − 1 has the
/// full rate; with \`begin\` the rise is the straight line from \`begin\` at step 0 to the full rate at step \`rise\`.
/// Goyal et al., 2017, "Accurate, large minibatch SGD".
block warmup(rise: int, rest: block, begin: float? = none)(step: [], steps: []) -> [] {
  if rise == 0 { return rest(step, steps) }
  let length = max(steps - rise, 1)
  let top = rest(0, length)
  let rising = if begin == none then top * (step + 1) / rise else begin + (top - begin) * step / rise
  return where(step < rise, rising, rest(max(step - rise, 0), length))
}

/// Up from \`peak\` / \`start\` to \`peak\` over the share \`rise\` of the run, then down to \`peak\` / \`start\` / \`end\`. \`shape\` is
/// the curve of each part. With \`three_phase\` it comes down to where it began as fast as it rose, and to the end after that.
/// PyTorch: OneCycleLR(max_lr = peak, pct_start = rise, div_factor = start, final_div_factor = end). Smith and Topin, 2018.
block one_cycle(
  peak: float,
  rise: float = 0.3,
  start: float = 25.0,
  end: float = 10000.0,
  shape: "cosine" | "linear" = "cosine",
  three_phase: bool = false,
)(step: [], steps: []) -> [] {
  let between = (low, high, place) => {
    let t = min(max(place, 0), 1)
    return if shape == "linear" then low + (high - low) * t else high + 0.5 * (low - high) * (1 + cos(pi * t))
  }
  let first = peak / start
  let last = first / end
  let turn = max(rise * steps - 1, 1e-6)
  let up = between(first, peak, step / turn)
  if three_phase {
    let back = 2 * turn
    let down = where(
      step <= back,
      between(peak, first, (step - turn) / turn),
      between(first, last, (step - back) / (steps - 1 - back)),
    )
    return where(step <= turn, up, down)
  }
  return where(step <= turn, up, between(peak, last, (step - turn) / (steps - 1 - turn)))
}

/// Rises in a straight line to \`peak\` at step \`rise\`, then falls with the root of the step:
/// peak · min(s / rise, √(rise / s)) with s = step + 1.
block inverse_sqrt(peak: float, rise: int)(step: [], steps: []) -> [] {
  let s = step + 1
  return peak * min(s / rise, sqrt(rise / s))
}

/// The rate of the Transformer's paper: factor · width^−½ · min(s^−½, s · rise^−1.5) with s = step + 1.
/// Vaswani et al., 2017, "Attention is all you need".
block noam(width: int, rise: int = 4000, factor: float = 1.0)(step: [], steps: []) -> [] {
  let s = step + 1
  return factor * width ** -0.5 * min(rsqrt(s), s * rise ** -1.5)
}

/// from / √(step + 1).
block square_root(from: float)(step: [], steps: []) -> [] = from * rsqrt(step + 1)
`,
  "seq2seq.dlm": `// Sequence to sequence with recurrent networks: an encoder that reads a sentence and a decoder that writes another one.

/// Reads token numbers: \`emb\` [vocab, width], \`rnn\`, a deep \`gru\`; gives the outputs of the last layer at every position
/// [b, t, hidden] and the last states [layers, b, hidden]. \`mask\` [b, t] is true for real tokens. Sutskever et al., 2014.
block seq2seq_encoder(vocab: int, width: int, hidden: int, layers: int = 1, drop: float = 0)
  (tokens: i32[b, t], mask: bool[b, t]?) -> (outputs: [b, t, hidden], states: [layers, b, hidden]) {
  let emb = embedding(vocab, width)
  let rnn = gru(hidden, layers, drop = drop, final = true)
  return rnn(emb(tokens), mask = mask)
}

/// Writes a sentence from the encoder's last states, which it starts from; the last layer's is beside every token too.
/// \`tokens\` is the sentence so far (teacher forcing), the result the scores of what follows each of its tokens
/// [b, t, vocab]. \`emb\`, \`rnn\`, \`dense\`. Cho et al., 2014.
block seq2seq_decoder(vocab: int, width: int, hidden: int, layers: int = 1, drop: float = 0)
  (tokens: i32[b, t], states: [layers, b, hidden]) -> [b, t, vocab] {
  let emb = embedding(vocab, width)
  let rnn = gru(hidden, layers, drop = drop)
  let dense = dense(vocab)
  let context = expand(states[-1][:, none], shape = [b, t, hidden])
  return rnn(concat([emb(tokens), context], axis = -1), states) |> dense
}

/// Writes a sentence and looks at every step at the encoder's outputs \`memory\` [b, s, hidden] by \`additive_attention\` from the
/// state of the last layer; what it sees stands before the token in the input of \`rnn\` (\`gru_step\`). Gives the scores
/// [b, t, vocab] and the weights [b, t, s]. \`emb\`, \`attention\`, \`rnn\`, \`dense\`. Bahdanau et al., 2015.
block attention_decoder(vocab: int, width: int, hidden: int, layers: int = 1, attention_hidden: int = hidden)
  (tokens: i32[b, t], memory: [b, s, k], states: [layers, b, hidden], mask: bool[b, s]?)
  -> (logits: [b, t, vocab], weights: [b, t, s]) {
  let emb = embedding(vocab, width)
  let attention = additive_attention(attention_hidden)
  let rnn = gru_step(hidden, layers)
  let dense = dense(vocab)
  let seen = if mask == none then none else mask[:, none]
  let step = (x_t, h) => {
    let (context, weights) = attention(h[-1][:, none], memory, memory, mask = seen)
    let h = rnn(concat([context[:, 0], x_t], axis = -1), h)
    return ((h[-1], weights[:, 0]), h)
  }
  let ((outputs, weights), _) = scan(step)(emb(tokens), states)
  return (dense(outputs), weights)
}
`,
  "text.dlm": `// Models over words that are neither recurrent nor Transformers.

/// Convolutions over the positions of x [b, t, d], one for each width in \`kernels\` with as many channels as stand at its place
/// in \`channels\`, then relu and the maximum over the positions, side by side: [b, sum of channels]. \`convs.0\` and so on.
/// Kim, 2014.
block text_cnn(kernels: list[int] = [3, 4, 5], channels: list[int] = 100)(x: [b, t, d]) -> [b, _] {
  let convs = map(zip(kernels, per_axis(channels, len(kernels))), (kernel, count) => conv(count, kernel))
  let rows = x |> transpose
  return concat(map(convs, conv => rows |> conv |> relu |> global_max_pool), axis = 1)
}

/// Skip-gram: how well words go together with those in the middle of a window. \`center\` [b], \`others\` [b, n] are the words of
/// the window and words drawn as noise; the result [b, n] are products of their rows, for \`negative_sampling\`. \`inside.weight\`
/// (the words' vectors) and \`outside.weight\` [vocab, width]. Mikolov et al., 2013.
block skip_gram(vocab: int, width: int = 100)(center: i32[b], others: i32[b, n]) -> [b, n] {
  let inside = embedding(vocab, width)
  let outside = embedding(vocab, width)
  return einsum("b e, b n e -> b n")(inside(center), outside(others))
}

/// The loss of skip-gram with negative sampling: −ln sigmoid of the scores of real neighbours, −ln sigmoid(−score) of noise.
/// \`real\` is 1 for neighbours and 0 for noise, \`mask\` false for padding; the mean over what counts in each row, then over
/// the rows. Mikolov et al., 2013.
block negative_sampling(scores: [b, n], real: [b, n], mask: bool[b, n]?) -> [] {
  let value = binary_cross_entropy(scores, real, reduce = false)
  if mask == none { return mean(value) }
  return mean(sum(where(mask, value, 0), axis = 1) / max(sum(mask, axis = 1), 1))
}

/// Numbers 0 … n − 1 drawn with chances in proportion to \`weights\`: i32[...shape]. Each draw looks at all n weights.
block choose(shape: list[int])(weights: [n]) -> i32[...shape] {
  let share = cumsum(weights) / sum(weights)
  return min(sum(uniform(shape)[..., none] >= share, axis = -1), n - 1)
}
`,
  "transformer.dlm": `// Transformers and their relatives. Names, layouts and start values of parameters are PyTorch's where PyTorch has the layer.

/// Attention of x [b, t, d] to itself, then two linear maps, each with a residual around it: \`self_attn\`, \`linear1\`
/// [hidden, d], \`linear2\` [d, hidden], \`norm1\`, \`norm2\`. Norms stand after the residuals, as in the paper, or before the parts
/// with \`norm_first\`. \`mask\` broadcasts to [b, heads, t, t]; true is seen. PyTorch: TransformerEncoderLayer(batch_first = True).
/// Vaswani et al., 2017; Xiong et al., 2020.
block transformer_encoder_layer(
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  eps: float = 1e-5,
)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let self_attn = multi_head_attention(heads, drop = drop)
  let linear1 = dense(hidden)
  let linear2 = dense(d)
  let norm1 = layer_norm(eps)
  let norm2 = layer_norm(eps)
  let attend = x => self_attn(x, mask = mask) |> dropout(drop)
  let feed = x => x |> linear1 |> activation |> dropout(drop) |> linear2 |> dropout(drop)
  if norm_first {
    let x = x + attend(norm1(x))
    return x + feed(norm2(x))
  }
  let x = norm1(x + attend(x))
  return norm2(x + feed(x))
}

/// As \`transformer_encoder_layer\`, with attention to \`memory\` [b, s, d] between the two parts: \`self_attn\`, \`multihead_attn\`,
/// \`linear1\`, \`linear2\`, \`norm1\`, \`norm2\`, \`norm3\`. \`mask\` is for the layer's own positions, and a position sees none after it
/// unless \`look_ahead\`; \`memory_mask\` broadcasts to [b, heads, t, s]. PyTorch: TransformerDecoderLayer(batch_first = True).
/// Vaswani et al., 2017.
block transformer_decoder_layer(
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  eps: float = 1e-5,
  look_ahead: bool = false,
)(x: [b, t, d], memory: [b, s, d], mask: bool[...m]?, memory_mask: bool[...p]?) -> [b, t, d] {
  let self_attn = multi_head_attention(heads, drop = drop)
  let multihead_attn = multi_head_attention(heads, drop = drop)
  let linear1 = dense(hidden)
  let linear2 = dense(d)
  let norm1 = layer_norm(eps)
  let norm2 = layer_norm(eps)
  let norm3 = layer_norm(eps)
  let seen = if look_ahead then mask else if mask == none then causal(t) else causal(t) and mask
  let attend = x => self_attn(x, mask = seen) |> dropout(drop)
  let look = x => multihead_attn(x, memory, mask = memory_mask) |> dropout(drop)
  let feed = x => x |> linear1 |> activation |> dropout(drop) |> linear2 |> dropout(drop)
  if norm_first {
    let x = x + attend(norm1(x))
    let x = x + look(norm2(x))
    return x + feed(norm3(x))
  }
  let x = norm1(x + attend(x))
  let x = norm2(x + look(x))
  return norm3(x + feed(x))
}

/// \`depth\` layers of \`transformer_encoder_layer\`, \`layers.0\` and so on, and a last \`norm\` where norms come first.
/// PyTorch: TransformerEncoder.
block transformer_encoder(
  depth: int,
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  last_norm: bool = norm_first,
)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let layers = map(range(depth), _ => transformer_encoder_layer(heads, hidden, drop, activation, norm_first))
  let y = x |> chain(map(layers, layer => x => layer(x, mask = mask)))
  if not last_norm { return y }
  let norm = layer_norm
  return norm(y)
}

/// \`depth\` layers of \`transformer_decoder_layer\`, \`layers.0\` and so on, and a last \`norm\` where norms come first.
/// PyTorch: TransformerDecoder.
block transformer_decoder(
  depth: int,
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  last_norm: bool = norm_first,
)(x: [b, t, d], memory: [b, s, d], mask: bool[...m]?, memory_mask: bool[...p]?) -> [b, t, d] {
  let layers = map(range(depth), _ => transformer_decoder_layer(heads, hidden, drop, activation, norm_first))
  let y = x |> chain(map(layers, layer => x => layer(x, memory, mask = mask, memory_mask = memory_mask)))
  if not last_norm { return y }
  let norm = layer_norm
  return norm(y)
}

/// The whole Transformer over token numbers from 0 (padding): \`src_emb\`, \`tgt_emb\` times √width plus \`sinusoidal\` positions,
/// \`encoder\`, \`decoder\`, \`out\`; the target is the sentence so far (teacher forcing), and the result the scores of what
/// follows each of its tokens: [b, j, target]. Padding of the source is never attended to. Vaswani et al., 2017.
block transformer(
  source_vocab: int,
  target_vocab: int,
  width: int = 512,
  heads: int = 8,
  hidden: int = 2048,
  depth: int = 6,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
)(source: i32[b, i], target: i32[b, j]) -> (logits: [b, j, target_vocab]) {
  let src_emb = embedding(source_vocab, width)
  let tgt_emb = embedding(target_vocab, width)
  let encoder = transformer_encoder(depth, heads, hidden, drop, activation, norm_first)
  let decoder = transformer_decoder(depth, heads, hidden, drop, activation, norm_first)
  let out = dense(target_vocab)
  let seen = (source != 0)[:, none, none, :]
  let memory = encoder(src_emb(source) * sqrt(width) |> positional_encoding(drop = drop), mask = seen)
  let y = decoder(tgt_emb(target) * sqrt(width) |> positional_encoding(drop = drop), memory, memory_mask = seen)
  return out(y)
}

/// A block of a GPT or a Vision Transformer: attention and two linear maps, each after its norm and with a residual around it.
/// \`ln1\`, \`qkv\` [3 · d, d], \`proj\` [d, d], \`ln2\`, \`fc\` [hidden, d], \`fc_proj\` [d, hidden]; \`hidden\` is 4 · d where it is not
/// given. With \`look_ahead = false\` a position sees none after it. \`init\` is for all weights. Radford et al., 2019.
block gpt_block(
  heads: int,
  hidden: int? = none,
  drop: float = 0,
  activation: block = gelu("tanh"),
  look_ahead: bool = false,
  init: block = kaiming_uniform,
  bias_init: block? = none,
)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let ln1 = layer_norm
  let qkv = dense(3 * d, init = init, bias_init = bias_init)
  let proj = dense(d, init = init, bias_init = bias_init)
  let ln2 = layer_norm
  let fc = dense(if hidden == none then 4 * d else hidden, init = init, bias_init = bias_init)
  let fc_proj = dense(d, init = init, bias_init = bias_init)
  let seen = if look_ahead then mask else if mask == none then causal(t) else causal(t) and mask
  let parts = x |> ln1 |> qkv |> rearrange("b t (three heads e) -> three b heads t e", three = 3)
  let x = x
    + (
      attention(drop = drop)(parts[0], parts[1], parts[2], mask = seen) |> rearrange("b heads t e -> b t (heads e)") |> proj
        |> dropout(drop)
    )
  return x + (x |> ln2 |> fc |> activation |> fc_proj |> dropout(drop))
}

/// A language model that reads to the left: token and position tables \`wte\` [vocab, width] and \`wpe\` [context, width], \`depth\`
/// times \`gpt_block\` (\`blocks.0\` and so on), \`ln_f\`, and the scores of the next token [b, t, vocab] from \`head\`, or from the
/// rows of \`wte\` again where \`tied\`. Weights start at normal(0.02), biases at 0. Radford et al., 2019; Press and Wolf, 2017.
block gpt(
  vocab: int,
  context: int,
  width: int = 128,
  heads: int = 4,
  depth: int = 4,
  hidden: int? = none,
  drop: float = 0,
  tied: bool = true,
)(tokens: i32[b, t]) -> [b, t, vocab] {
  let small = normal(std = 0.02)
  let wte = embedding(vocab, width, init = small)
  let wpe = learned_positions(context)
  let blocks = map(range(depth), _ => gpt_block(heads, hidden, drop, init = small, bias_init = zeros))
  let ln_f = layer_norm
  let y = tokens |> wte |> wpe |> dropout(drop) |> chain(blocks) |> ln_f
  if tied { return y @ transpose(wte.weight) }
  let head = dense(vocab, use_bias = false, init = small)
  return head(y)
}

/// An image cut into patches, read by a Transformer: \`patch\`, a convolution with kernel and stride \`size\`, \`cls\` [1, 1, width]
/// put in front, \`pos\` [1, patches + 1, width] added, \`depth\` times \`gpt_block\` that looks both ways, \`ln\` and \`fc\` of the
/// first position: [b, classes]. Dosovitskiy et al., 2021.
block vit(classes: int, size: int, width: int = 64, heads: int = 4, depth: int = 4, hidden: int? = none, drop: float = 0)
  (image: [b, c, h, w]) -> [b, classes] {
  let patch = conv(width, size, stride = size)
  param cls: [1, 1, width] = zeros
  let tokens = image |> patch |> rearrange("b width i j -> b (i j) width")
  let count = shape(tokens)[1] + 1
  param pos: [1, count, width] = normal(std = 0.02)
  let blocks = map(range(depth), _ => gpt_block(heads, hidden, drop, activation = gelu, look_ahead = true))
  let ln = layer_norm
  let fc = dense(classes)
  let x = concat([expand(cls, shape = [b, 1, width]), tokens], axis = 1) + pos |> dropout(drop)
  return (x |> chain(blocks))[:, 0] |> ln |> fc
}

/// BERT's encoder over token numbers: tables of words, positions and segments, a norm, and \`depth\` layers that look both ways
/// (post-norm, GELU): [b, t, width]. \`segment\` is 0 where it is not given; \`mask\` [b, t] is true for real tokens. Names are
/// those of the published weights: \`embeddings.word_embeddings\`, \`encoder.layer.0.attention.self.query\` and so on.
/// Devlin et al., 2019.
block bert(
  vocab: int,
  context: int = 512,
  width: int = 768,
  heads: int = 12,
  hidden: int = 3072,
  depth: int = 12,
  drop: float = 0.1,
)(tokens: i32[b, t], segment: i32[b, t]?, mask: bool[b, t]?) -> [b, t, width] {
  let embeddings = bert_embeddings(vocab, context, width, drop)
  let encoder = bert_encoder(heads, hidden, depth, drop)
  return encoder(embeddings(tokens, segment), if mask == none then none else mask[:, none, none, :])
}

/// The sum of the rows of \`word_embeddings\`, \`position_embeddings\` and \`token_type_embeddings\` (of two), then \`LayerNorm\`.
block bert_embeddings(vocab: int, context: int, width: int, drop: float)
  (tokens: i32[b, t], segment: i32[b, t]?) -> [b, t, width] {
  let small = normal(std = 0.02)
  let word_embeddings = embedding(vocab, width, init = small)
  let position_embeddings = learned_positions(context)
  let token_type_embeddings = embedding(2, width, init = small)
  let LayerNorm = layer_norm(eps = 1e-12)
  let kind = if segment == none then zeros([b, t], dtype = i32) else segment
  return word_embeddings(tokens) + token_type_embeddings(kind) |> position_embeddings |> LayerNorm |> dropout(drop)
}

/// \`depth\` layers of \`bert_layer\`: \`layer.0\` and so on.
block bert_encoder(heads: int, hidden: int, depth: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let layer = map(range(depth), _ => bert_layer(heads, hidden, drop))
  return x |> chain(map(layer, one => x => one(x, mask)))
}

/// \`attention\`, then \`intermediate.dense\` [hidden, d] with GELU and \`output.dense\` [d, hidden] with a residual and a norm.
block bert_layer(heads: int, hidden: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let attention = bert_attention(heads, drop)
  let intermediate = bert_dense(hidden)
  let output = bert_output(drop)
  let x = attention(x, mask)
  return output(x |> intermediate |> gelu, x)
}

/// Attention to the positions themselves with a residual and a norm: \`self\`, \`output\`.
block bert_attention(heads: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let self = bert_self_attention(heads, drop)
  let output = bert_output(drop)
  return output(self(x, mask), x)
}

/// \`query\`, \`key\` and \`value\`, three linear maps, and \`attention\` of them in \`heads\` subspaces.
block bert_self_attention(heads: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let query = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let key = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let value = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let apart = rearrange("b t (heads e) -> b heads t e")
  let y = attention(drop = drop)(x |> query |> apart, x |> key |> apart, x |> value |> apart, mask = mask)
  return y |> rearrange("b heads t e -> b t (heads e)")
}

/// A linear map under the name \`dense\`.
block bert_dense(units: int)(x: [..., d]) -> [..., units] {
  let dense = dense(units, init = normal(std = 0.02), bias_init = zeros)
  return dense(x)
}

/// \`dense\`, dropout, the residual \`x\` added, \`LayerNorm\`.
block bert_output(drop: float)(y: [..., hidden], x: [..., d]) -> [..., d] {
  let dense = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let LayerNorm = layer_norm(eps = 1e-12)
  return LayerNorm(x + (y |> dense |> dropout(drop)))
}
`,
  "translation_metrics.dlm": `// Metrics of generated text. Sentences are rows of ids: what stands before the first padding (0) or end token (3) counts,
// so that a prediction and a label may be padded to different lengths.

/// Share of positions whose largest logit is the label's, padding (label 0) left out, over the whole pass.
block token_accuracy(logits: [..., classes], label: i32[...]) -> [] = accuracy(logits, label, where = label != 0)

/// BLEU of each sentence, then its mean over the sentences of the pass, as the book "Dive into Deep Learning" defines it:
/// exp(min(0, 1 − |label| / |prediction|)) · Π p_n^(1 / 2^n) for n-grams of n = 1 … \`up_to\` words, where p_n is the share
/// of the prediction's n-grams that match the label, each of the label's at most once. No more n than the prediction has
/// words count; an empty prediction is worth 0. Papineni et al., 2002; "Dive into Deep Learning", section 10.7.
block bleu(up_to: int = 4)(prediction: i32[batch, i], label: i32[batch, j]) -> [] {
  let length = words_before_end(prediction)
  let shares = map(range(1, up_to + 1), n => {
    let share = ngram_matches(n)(prediction, label[:, none]) / max(length - n + 1, 1)
    return where(length < n, 1, share ** 0.5 ** n)
  })
  let brevity = exp(min(1 - words_before_end(label) / max(length, 1), 0))
  return average(where(length == 0, 0, brevity * prod(stack(shares), axis = 0)))
}

/// BLEU of all sentences of the pass together: exp(min(0, 1 − r / c)) · (Π p_n)^(1 / up_to) for n = 1 … \`up_to\`, where matches and
/// numbers of n-grams, the predictions' words c and the references' words r are summed over the pass; 0 where no n-gram
/// of a length matches. \`label\` [batch, j] is a reference for each sentence, [batch, references, j] several: an n-gram then
/// matches as often as the reference that has most of it, and the reference closest in length counts in r, the shorter of two;
/// a row without words is no reference. No smoothing. Papineni et al., 2002.
block corpus_bleu(up_to: int = 4)(prediction: i32[batch, i], label: i32[batch, ...references, j]) -> [] {
  let label = reshape([batch, prod(references), j])(label)
  state matches: i32[up_to] = zeros
  state grams: i32[up_to] = zeros
  state written: i32[] = 0
  state wanted: i32[] = 0
  let length = words_before_end(prediction)
  update matches = matches + stack(map(range(1, up_to + 1), n => sum(ngram_matches(n)(prediction, label))))
  update grams = grams + stack(map(range(1, up_to + 1), n => sum(max(length - n + 1, 0))))
  update written = written + sum(length)
  update wanted = wanted + sum(closest(length, words_before_end(label)))
  let brevity = exp(min(1 - wanted / max(written, 1), 0))
  return brevity * prod(matches / max(grams, 1)) ** (1 / (1.0 * up_to))
}

/// The length out of \`lengths\` that is closest to \`length\`, the shorter of two as close; 0 is none.
block closest(length: i32[batch], lengths: i32[batch, n]) -> i32[batch] {
  // Twice the distance, and one more for the longer: they never tie.
  let gap = abs(lengths - length[:, none]) * 2 + i32(lengths > length[:, none])
  let gap = where(lengths == 0, i32(1000000000), gap)
  return take_along(lengths, argmin(gap)[:, none])[:, 0]
}

/// How many words stand before the first padding or end token.
block words_before_end(ids: i32[..., time]) -> i32[...] = sum(is_word(ids), axis = -1)

/// True for ids before the first padding or end token.
block is_word(ids: i32[..., time]) -> bool[..., time] = cumsum(i32(ids == 0 or ids == 3)) == 0

/// How many of each prediction's n-grams match its labels: i32[batch]. One matches if fewer equal ones stand before it in the
/// prediction than the label with most of them has.
block ngram_matches(n: int)(prediction: i32[batch, i], label: i32[batch, references, j]) -> i32[batch] {
  let inside = (ids, time) => is_word(ids_after(n - 1, time)(ids))
  let same = (a, b, times) => {
    let (rows, columns) = times
    let pairs = map(range(n), k => ids_after(k, rows)(a)[..., :, none] == ids_after(k, columns)(b)[..., none, :])
    return all(stack(pairs), axis = 0)
  }
  let earlier = iota(i)[none, :] < iota(i)[:, none]
  let before = sum(same(prediction, prediction, (i, i)) and earlier, axis = -1)
  let there = sum(same(prediction[:, none], label, (i, j)) and inside(label, j)[..., none, :], axis = -1) |> max(axis = 1)
  return sum(inside(prediction, i) and before < there, axis = -1)
}

/// What stands \`k\` places later, padding where nothing does.
block ids_after(k: int, time: int)(ids: i32[..., time]) -> i32[..., time] = pad([(0, k)])(ids)[..., k:]
`,
  "u_net.dlm": `// The parts of the U-Net, in the form most used today: with batch norm, and zero padding so that images keep their size.
// Ronneberger et al., 2015, "U-Net: convolutional networks for biomedical image segmentation".

/// Two 3×3 convolutions with batch norm and relu: [n, c, h, w] → [n, channels, h, w]. \`conv.0.weight\`, \`conv.1.weight\`, \`conv.3.weight\`, ….
block double_conv(channels: int)(x: [n, c, h, w]) -> [n, channels, h, w] {
  let conv = [
    conv(channels, 3, padding = 1, use_bias = false), batch_norm, relu,
    conv(channels, 3, padding = 1, use_bias = false), batch_norm, relu,
  ]
  return x |> chain(conv)
}

/// Halves the image, then \`double_conv\`: [n, c, h, w] → [n, channels, ⌊h / 2⌋, ⌊w / 2⌋].
block unet_down(channels: int)(x: [n, c, h, w]) -> [n, channels, ...] {
  let conv = double_conv(channels)
  return x |> max_pool(2) |> conv
}

/// Doubles the image with a transposed convolution to half the channels, puts \`skip\` of the same size before it, then
/// \`double_conv\`: x [n, c, h, w], skip [n, s, 2 · h, 2 · w] → [n, channels, 2 · h, 2 · w]. \`up.weight\` [c, c / 2, 2, 2].
block unet_up(channels: int)(x: [n, c, h, w], skip: [n, s, tall, wide]) -> [n, channels, tall, wide] {
  let up = conv_transpose(div(c, 2), 2, stride = 2)
  let conv = double_conv(channels)
  let larger: [n, div(c, 2), tall, wide] = up(x)
  return concat([skip, larger], axis = 1) |> conv
}
`,
  "variational.dlm": `/// A draw from the normal distribution with mean \`mu\` and variance exp(log_var), written so that gradients reach both:
/// mu + exp(log_var / 2) · ε with ε from the standard normal distribution. Kingma and Welling, 2014, "Auto-encoding variational Bayes".
block reparameterize(mu: [...s], log_var: [...s]) -> [...s] = mu + exp(0.5 * log_var) * normal(s)

/// Kullback–Leibler divergence of N(mu, exp(log_var)) from N(0, 1), summed over the last axis:
/// ½ Σ (mu² + exp(log_var) − 1 − log_var); the mean over the others unless \`reduce = false\`. Kingma and Welling, 2014.
block gaussian_kl(reduce: bool = true)(mu: [..., d], log_var: [..., d]) -> [...] {
  let value = 0.5 * sum(mu * mu + exp(log_var) - 1 - log_var, axis = -1)
  return if reduce then mean(value) else value
}
`,
};
