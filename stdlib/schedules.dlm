/// The same rate at every step. A bare number where a schedule is wanted means this.
block constant(value: float)(step: [], steps: []) -> [] = value

/// Multiplies the rate by `factor` after every `every` steps: from · factor^floor(step / every).
/// PyTorch: StepLR(step_size = every, gamma = factor).
block step(from: float, every: int, factor: float = 0.1)(step: [], steps: []) -> [] =
  from * factor ** floor(step / every)

/// Multiplies the rate by `factor` at each of the steps `at`: from · factor^(number of entries of `at` that are ≤ step).
/// PyTorch: MultiStepLR(milestones = at, gamma = factor).
block multi_step(from: float, at: list[int], factor: float = 0.1)(step: [], steps: []) -> [] =
  from * factor ** f32(sum(step >= tensor(at)))

/// max(from · factor^step, to). PyTorch: ExponentialLR(gamma = factor).
block exponential(from: float, factor: float, to: float = 0)(step: [], steps: []) -> [] =
  max(from * factor ** step, to)

/// A straight line from `from` at the first step to `to` at the end of the run.
block linear(from: float, to: float = 0)(step: [], steps: []) -> [] =
  from + (to - from) * min(step / steps, 1)

/// to + (from − to) · (1 − step / steps)^power; `to` afterwards. PyTorch: PolynomialLR.
block polynomial(from: float, to: float = 0, power: float = 1)(step: [], steps: []) -> [] =
  to + (from - to) * (1 - min(step / steps, 1)) ** power

/// Half a cosine from `from` to `to` over the run; `to` afterwards.
/// PyTorch: CosineAnnealingLR(T_max = steps, eta_min = to). Loshchilov and Hutter, 2017, "SGDR".
block cosine(from: float, to: float = 0)(step: [], steps: []) -> [] =
  to + 0.5 * (from - to) * (1 + cos(pi * min(step / steps, 1)))

/// Falls like `cosine` in cycles and starts again from the top: the first lasts `period` steps, each later one `grow`
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

/// Rises over the first `rise` steps to the start of `rest`, which then runs for what is left. Step `rise` − 1 has the
/// full rate; with `begin` the rise is the straight line from `begin` at step 0 to the full rate at step `rise`.
/// Goyal et al., 2017, "Accurate, large minibatch SGD".
block warmup(rise: int, rest: block, begin: float? = none)(step: [], steps: []) -> [] {
  if rise == 0 { return rest(step, steps) }
  let length = max(steps - rise, 1)
  let top = rest(0, length)
  let rising = if begin == none then top * (step + 1) / rise else begin + (top - begin) * step / rise
  return where(step < rise, rising, rest(max(step - rise, 0), length))
}

/// Up from `peak` / `start` to `peak` over the share `rise` of the run, then down to `peak` / `start` / `end`. `shape` is
/// the curve of each part. With `three_phase` it comes down to where it began as fast as it rose, and to the end after that.
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

/// Rises in a straight line to `peak` at step `rise`, then falls with the root of the step:
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
