/// Largest element of every window over the axes after the channels; padding never wins. `stride` is the kernel's size where
/// it is not given. Of equal elements the first gets the gradient. Sizes round down, or up with `ceil`, where the last window
/// may lie partly outside. PyTorch: MaxPool1d, MaxPool2d (ceil_mode = ceil).
block max_pool(kernel: list[int], stride: list[int]? = none, padding: list[int] = 0, ceil: bool = false)
  (x: [n, c, ...space]) -> [n, c, ...] {
  let axes = len(space)
  let window = per_axis(kernel, axes)
  let step = per_axis(if stride == none then kernel else stride, axes)
  let edge = if ceil then map(zip(window, step, per_axis(padding, axes)), (k, s, p) => (p, min(p + s - 1, k - 1))) else padding
  return x |> windows(window, stride = step, padding = edge, fill = -inf) |> max(axis = range(-axes, 0), ties = "first")
}

/// Mean of every window over the axes after the channels. Padding adds zeros; with `count_include_pad = false` the sum is
/// divided by the number of real elements in the window. PyTorch: AvgPool1d, AvgPool2d.
block avg_pool(kernel: list[int], stride: list[int]? = none, padding: list[int] = 0, count_include_pad: bool = true)
  (x: [n, c, ...space]) -> [n, c, ...] {
  let step = if stride == none then kernel else stride
  let cut = windows(per_axis(kernel, len(space)), stride = step, padding = padding)
  let axes = range(-len(space), 0)
  if count_include_pad { return x |> cut |> mean(axis = axes) }
  return sum(cut(x), axis = axes) / sum(cut(ones(space)), axis = axes)
}

/// Means of `size` cells an axis: cell i of o averages elements floor(i · h / o) to ceil((i + 1) · h / o) − 1.
/// One number stands for both axes of an image. PyTorch: AdaptiveAvgPool2d(size).
block adaptive_avg_pool(size: list[int])(x: [n, c, h, w]) -> [n, c, ...] {
  let (rows, columns) = per_axis(size, 2)
  let narrow = einsum("n c h w, j w -> n c h j")(x, cells(columns, w))
  return einsum("n c h j, i h -> n c i j")(narrow, cells(rows, h))
}

/// Row i holds 1 / length where cell i of `count` over `length` elements lies, else 0.
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
