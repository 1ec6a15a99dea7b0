// `zeros`, `ones`, `full(value)`, `uniform(from, to)`, `normal(mean, std)`, `truncated_normal` and `orthogonal` are built in.
// An initialiser is a block with a setting `shape`, which `param` and `state` fill.

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

/// Uniform within ±gain · √(3 / fan). `a` is the slope of `leaky_relu`; its default gives 1 / √fan_in, PyTorch's default for
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

/// Normal with standard deviation gain / √fan; settings as in `kaiming_uniform`, with PyTorch's default `a = 0`.
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

/// Uniform within ±1 / √fan: the default of a bias whose weight has `fan` inputs.
block uniform_by_fan(fan: int, shape: list[int]) -> [...shape] =
  uniform(shape, from = -1 / sqrt(fan), to = 1 / sqrt(fan))
