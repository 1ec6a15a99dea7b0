/// y = x Wᵀ + b over the last axis. `weight` [units, d], `bias` [units]. PyTorch: Linear(d, units).
block dense(units: int, use_bias: bool = true, init: block = kaiming_uniform, bias_init: block? = none)
  (x: [..., d]) -> [..., units] {
  param weight: [units, d] = init
  if not use_bias { return x @ transpose(weight) }
  param bias: [units] = if bias_init == none then uniform_by_fan(d) else bias_init
  return x @ transpose(weight) + bias
}

/// Row `index` of a table: `weight` [count, width], drawn from the normal distribution. The row `padding` starts at 0 and
/// gets no gradient. PyTorch: Embedding(count, width, padding_idx = padding).
block embedding(count: int, width: int, padding: int? = none, init: block = normal)(index: i32[...]) -> [..., width] {
  if padding == none {
    param weight: [count, width] = init
    return weight[index]
  }
  param weight: [count, width] = padded_table(init, padding)
  return where((index == padding)[..., none], stop_gradient(weight[index]), weight[index])
}

/// What `init` gives, with row `padding` set to 0.
block padded_table(init: block, padding: int, shape: list[int]) -> [...shape] =
  where(iota(shape[0])[:, none] == padding, 0, init(shape = shape))

/// While training, sets each element to 0 with probability `p` and divides the others by 1 − p. Srivastava et al., 2014.
block dropout(p: float = 0.5)(x: [...s]) -> [...s] {
  if not training or p == 0 { return x }
  return where(uniform(s) < p, 0, x / (1 - p))
}

/// All axes but the first become one.
block flatten(x: [n, ...rest]) -> [n, _] = x |> reshape([n, _])

/// The last axis becomes `shape`. PyTorch: Unflatten(-1, shape).
block unflatten(shape: list[int])(x: [...lead, d]) = x |> reshape([...lead, ...shape])

/// x + inner(x). He et al., 2016.
block residual(inner: block)(x: [...s]) -> [...s] = x + inner(x)
