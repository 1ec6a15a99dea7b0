// Models over words that are neither recurrent nor Transformers.

/// Convolutions over the positions of x [b, t, d], one for each width in `kernels` with as many channels as stand at its place
/// in `channels`, then relu and the maximum over the positions, side by side: [b, sum of channels]. `convs.0` and so on.
/// Kim, 2014.
block text_cnn(kernels: list[int] = [3, 4, 5], channels: list[int] = 100)(x: [b, t, d]) -> [b, _] {
  let convs = map(zip(kernels, per_axis(channels, len(kernels))), (kernel, count) => conv(count, kernel))
  let rows = x |> transpose
  return concat(map(convs, conv => rows |> conv |> relu |> global_max_pool), axis = 1)
}

/// Skip-gram: how well words go together with those in the middle of a window. `center` [b], `others` [b, n] are the words of
/// the window and words drawn as noise; the result [b, n] are products of their rows, for `negative_sampling`. `inside.weight`
/// (the words' vectors) and `outside.weight` [vocab, width]. Mikolov et al., 2013.
block skip_gram(vocab: int, width: int = 100)(center: i32[b], others: i32[b, n]) -> [b, n] {
  let inside = embedding(vocab, width)
  let outside = embedding(vocab, width)
  return einsum("b e, b n e -> b n")(inside(center), outside(others))
}

/// The loss of skip-gram with negative sampling: −ln sigmoid of the scores of real neighbours, −ln sigmoid(−score) of noise.
/// `real` is 1 for neighbours and 0 for noise, `mask` false for padding; the mean over what counts in each row, then over
/// the rows. Mikolov et al., 2013.
block negative_sampling(scores: [b, n], real: [b, n], mask: bool[b, n]?) -> [] {
  let value = binary_cross_entropy(scores, real, reduce = false)
  if mask == none { return mean(value) }
  return mean(sum(where(mask, value, 0), axis = 1) / max(sum(mask, axis = 1), 1))
}

/// Numbers 0 … n − 1 drawn with chances in proportion to `weights`: i32[...shape]. Each draw looks at all n weights.
block choose(shape: list[int])(weights: [n]) -> i32[...shape] {
  let share = cumsum(weights) / sum(weights)
  return min(sum(uniform(shape)[..., none] >= share, axis = -1), n - 1)
}
