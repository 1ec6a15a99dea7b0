// Averages of weights over the steps of a training: `average = ema(0.999)`. Blocks with the inputs `w`, the weights after
// a step, and `average`, what they gave after the step before; their states begin once a training.

/// Exponential moving average: the first step's weights, then decay · average + (1 − decay) · w. Without `warmup` that is
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
