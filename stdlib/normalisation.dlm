/// Normalises every channel of [n, c, …] over the batch and all positions, then scales and shifts it: `weight`, `bias` [c].
/// Training uses the batch's mean and (biased) variance and remembers them in `running_mean`, `running_var` (unbiased),
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

/// (x − mean) / √(biased variance + eps) over the last axis, then `weight`, `bias` [d]. PyTorch: LayerNorm(d). Ba et al., 2016.
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

/// x / √(mean(x²) + eps) over the last axis, then `weight` [d]. Zhang and Sennrich, 2019.
block rms_norm(eps: float = 1e-6, affine: bool = true)(x: [..., d]) -> [..., d] {
  let scaled = x * rsqrt(mean(x * x, axis = -1, keep = true) + eps)
  if not affine { return scaled }
  param weight: [d] = ones
  return scaled * weight
}

/// Normalises each group of c / groups neighbouring channels of [n, c, …] with all their positions, then scales and shifts
/// every channel: `weight`, `bias` [c]. PyTorch: GroupNorm(groups, c). Wu and He, 2018.
block group_norm(groups: int, eps: float = 1e-5, affine: bool = true)(x: [n, c, ...space]) -> [n, c, ...space] {
  let scored = x |> reshape([n, groups, c / groups * prod(space)]) |> standard_score(eps) |> reshape([n, c, ...space])
  if not affine { return scored }
  param weight: [c] = ones
  param bias: [c] = zeros
  let ones_after = map(space, _ => 1)
  return scored * reshape(weight, shape = [c, ...ones_after]) + reshape(bias, shape = [c, ...ones_after])
}

/// Normalises every channel of every example by its own mean and biased variance. PyTorch: InstanceNorm1d and 2d, which
/// do without `weight` and `bias` [c] too unless `affine` is set. Ulyanov et al., 2016.
block instance_norm(eps: float = 1e-5, affine: bool = false)(x: [n, c, ...space]) -> [n, c, ...space] {
  let scored = x |> reshape([n, c, prod(space)]) |> standard_score(eps) |> reshape([n, c, ...space])
  if not affine { return scored }
  param weight: [c] = ones
  param bias: [c] = zeros
  let ones_after = map(space, _ => 1)
  return scored * reshape(weight, shape = [c, ...ones_after]) + reshape(bias, shape = [c, ...ones_after])
}
