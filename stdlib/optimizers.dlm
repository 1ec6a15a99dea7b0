/// Stochastic gradient descent, with momentum when `momentum` is not 0:
/// g += weight_decay · w; v = momentum · v + (1 − dampening) · g, v = g in the first step; w −= lr · v, or with `nesterov`
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
/// 1 − beta^t. `weight_decay` is added to the gradient (L2). With `amsgrad` the largest v so far takes the place of v.
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

/// v = alpha · v + (1 − alpha) · g²; w −= lr · g / (√v + eps). `centered` subtracts the square of the gradient's running
/// mean; with `momentum` the quotients are summed as in `sgd`. Tieleman and Hinton, 2012.
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

/// Running mean of the squared gradient, about its running mean when `centered`.
block rms_spread(alpha: float, centered: bool)(g: [...s]) -> [...s] {
  state v: [...s] = zeros
  update v = alpha * v + (1 - alpha) * g * g
  if not centered { return v }
  state mean_g: [...s] = zeros
  update mean_g = alpha * mean_g + (1 - alpha) * g
  return v - mean_g * mean_g
}

/// s += g²; w −= lr / (1 + step · lr_decay) · g / (√s + eps); s starts at `initial_accumulator_value`.
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
