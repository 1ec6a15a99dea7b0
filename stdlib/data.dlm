/// (x − mean) / standard deviation, element by element, with both fitted on the training split (biased, as NumPy's).
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

/// `value` where x is missing (NaN).
block fill(value: float = 0)(x: [...s]) -> [...s] = where(isnan(x), value, x)

/// (x − mean) / std for each channel of one image [c, h, w].
block normalize(mean: list[float], std: list[float])(x: [c, h, w]) -> [c, h, w] =
  (x - tensor(mean)[:, none, none]) / tensor(std)[:, none, none]
