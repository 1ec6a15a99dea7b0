/// max(x, 0); the gradient at 0 is 0. Written as a choice so that a NaN stays one.
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

/// x where it is positive, else weight · x with a learned slope: one for all (`parameters = 1`) or one a channel of
/// [n, channels, …]. He et al., 2015. PyTorch: PReLU(num_parameters = parameters).
block prelu(parameters: int = 1, init: float = 0.25)(x: [n, c, ...space]) -> [n, c, ...space] {
  param weight: [parameters] = full(init)
  let slope = weight |> reshape([parameters, ...map(space, _ => 1)])
  return where(x > 0, x, slope * x)
}

/// ln Σ eˣ along `axis`, computed from the largest element, so that it cannot overflow.
block logsumexp(axis: list[int] = -1, keep: bool = false)(x: [...s]) -> [...] {
  let top = stop_gradient(max(x, axis = axis, keep = true))
  let top = where(abs(top) == inf, 0, top)
  let total = log(sum(exp(x - top), axis = axis, keep = true)) + top
  return if keep then total else squeeze(axis = axis)(total)
}

/// eˣ / Σ eˣ along `axis`.
block softmax(axis: int = -1)(x: [...s]) -> [...s] {
  let e = exp(x - stop_gradient(max(x, axis = axis, keep = true)))
  return e / sum(e, axis = axis, keep = true)
}

/// ln softmax(x) = x − logsumexp(x) along `axis`.
block log_softmax(axis: int = -1)(x: [...s]) -> [...s] {
  let shifted = x - stop_gradient(max(x, axis = axis, keep = true))
  return shifted - log(sum(exp(shifted), axis = axis, keep = true))
}

/// Softmax over the last axis where `mask` is true; elsewhere the weight is 0. A row that is masked whole gets equal
/// weights, as it does where scores are replaced by a large negative number.
block masked_softmax(fill: float = -1e6)(x: [...s], mask: bool[...]) -> [...s] = softmax(where(mask, x, fill))
