/// Cross entropy of class numbers, over the last axis of `logits`: −ln softmax(logits)[label], computed without overflow.
/// `smoothing` s spreads the share s of each label evenly over the classes; positions with label `ignore` count nothing;
/// `weight` is a factor a class. The mean divides by the sum of the weights of the labels that count, as PyTorch's does;
/// `reduce = false` gives the value of each position. For [n, classes, …] see `channel_cross_entropy`.
block cross_entropy(smoothing: float = 0, ignore: int? = none, reduce: bool = true)
  (logits: [..., classes], label: i32[...], weight: [classes]?) -> [...] {
  let shifted = logits - stop_gradient(max(logits, axis = -1, keep = true))
  let total = log(sum(exp(shifted), axis = -1))
  let here = iota(classes) == label[..., none]
  let factor = if weight == none then 1 else sum(where(here, weight, 0), axis = -1)
  let plain = factor * (total - sum(where(here, shifted, 0), axis = -1))
  let spread = if smoothing == 0 then 0
    else if weight == none then total - mean(shifted, axis = -1)
    else mean(weight * (total[..., none] - shifted), axis = -1)
  let value = if smoothing == 0 then plain else (1 - smoothing) * plain + smoothing * spread
  return weighted_mean(ignore, reduce)(value, label, factor = if weight == none then none else factor)
}

/// What `cross_entropy` and `nll` give: values of ignored labels are 0; the mean divides by the sum of the factors kept.
block weighted_mean(ignore: int?, reduce: bool)(value: [...], label: i32[...], factor: [...]?) -> [...] {
  let kept = if ignore == none then value else where(label != ignore, value, 0)
  if not reduce { return kept }
  if ignore == none and factor == none { return mean(kept) }
  let count = if factor == none then ones(shape(value)) else factor
  let counted = if ignore == none then count else where(label != ignore, count, 0)
  return sum(kept) / sum(counted)
}

/// `cross_entropy` with the classes along axis 1: logits [n, classes, …], label [n, …], as for images of labels.
block channel_cross_entropy(smoothing: float = 0, ignore: int? = none, reduce: bool = true)
  (logits: [n, classes, ...], label: i32[n, ...], weight: [classes]?) -> [...] =
  cross_entropy(smoothing, ignore, reduce)(logits |> rearrange("n c ... -> n ... c"), label, weight = weight)

/// Cross entropy with a target distribution in the place of a class number: −Σ weight · target · ln softmax(logits).
/// `smoothing` s mixes the share s of even chances into each target, `weight` is a factor a class. The mean is over the positions,
/// as PyTorch's for probabilities. With the targets of `mixup` and `cutmix`.
block soft_cross_entropy(smoothing: float = 0, reduce: bool = true)
  (logits: [..., classes], target: [..., classes], weight: [classes]?) -> [...] {
  let smooth = if smoothing == 0 then target else (1 - smoothing) * target + smoothing / (1.0 * classes)
  let scaled = if weight == none then smooth else weight * smooth
  let value = -sum(scaled * log_softmax(logits), axis = -1)
  return if reduce then mean(value) else value
}

/// Negative log-likelihood: −log_probs[label] over the last axis; settings as in `cross_entropy`. PyTorch: nll_loss.
block nll(ignore: int? = none, reduce: bool = true)(log_probs: [..., classes], label: i32[...], weight: [classes]?) -> [...] {
  let here = iota(classes) == label[..., none]
  let factor = if weight == none then 1 else sum(where(here, weight, 0), axis = -1)
  let value = -factor * sum(where(here, log_probs, 0), axis = -1)
  return weighted_mean(ignore, reduce)(value, label, factor = if weight == none then none else factor)
}

/// Mean of (prediction − target)².
block mse(reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let gap = prediction - target
  return if reduce then mean(gap * gap) else gap * gap
}

/// Mean of |prediction − target|.
block l1(reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let distance = abs(prediction - target)
  return if reduce then mean(distance) else distance
}

/// With d = |prediction − target|: d² / 2 below `delta`, a straight line of slope `delta` beyond. Huber, 1964.
block huber(delta: float = 1.0, reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let gap = prediction - target
  let d = abs(gap)
  let value = where(d < delta, 0.5 * gap * gap, delta * (d - 0.5 * delta))
  return if reduce then mean(value) else value
}

/// With d = |prediction − target|: d² / (2 beta) below `beta`, d − beta / 2 beyond: huber / beta. Girshick, 2015.
block smooth_l1(beta: float = 1.0, reduce: bool = true)(prediction: [...s], target: [...s]) -> [...] {
  let gap = prediction - target
  let d = abs(gap)
  let value = where(d < beta, 0.5 / beta * gap * gap, d - 0.5 * beta)
  return if reduce then mean(value) else value
}

/// −(pos_weight · target · ln p + (1 − target) · ln(1 − p)) · weight with p = sigmoid(logits), computed without overflow;
/// with `from_logits = false` the first input is p itself, and logarithms stop at −100 as PyTorch's do.
/// PyTorch: binary_cross_entropy_with_logits, binary_cross_entropy.
block binary_cross_entropy(from_logits: bool = true, reduce: bool = true)
  (logits: [...s], target: [...s], weight: [...w]?, pos_weight: [...p]?) -> [...] {
  let yes = if from_logits then softplus(-logits) else -clamp(log(logits), low = -100)
  let no = if from_logits then softplus(logits) else -clamp(log1p(-logits), low = -100)
  let plain = (if pos_weight == none then target else pos_weight * target) * yes + (1 - target) * no
  let value = if weight == none then plain else weight * plain
  return if reduce then mean(value) else value
}

/// Σ target · (ln target − log_probs) / n over the first axis n (PyTorch's `batchmean`); the elements with `reduce = false`.
/// With `log_target` the target is given by its logarithms. A target of 0 counts nothing.
block kl_divergence(log_target: bool = false, reduce: bool = true)(log_probs: [n, ...s], target: [n, ...s]) -> [...] {
  let value = if log_target then exp(target) * (target - log_probs)
    else where(target > 0, target * (log(where(target > 0, target, 1)) - log_probs), 0)
  return if reduce then sum(value) / n else value
}

/// Mean of max(‖a − p‖ − ‖a − n‖ + margin, 0) with the Euclidean norm over the last axis. Schroff et al., 2015.
block triplet(margin: float = 1.0, reduce: bool = true)(anchor: [..., d], positive: [..., d], negative: [..., d]) -> [...] {
  let near = euclidean(anchor, positive)
  let far = euclidean(anchor, negative)
  let value = relu(near - far + margin)
  return if reduce then mean(value) else value
}

/// ‖a − b + eps‖ over the last axis; `eps` keeps the gradient finite. PyTorch: pairwise_distance.
block euclidean(eps: float = 1e-6)(a: [..., d], b: [..., d]) -> [...] {
  let gap = a - b + eps
  return sqrt(sum(gap * gap, axis = -1))
}

/// a · b / (max(‖a‖, eps) · max(‖b‖, eps)) along `axis`.
block cosine_similarity(axis: int = -1, eps: float = 1e-8)(a: [...s], b: [...s]) -> [...] {
  let size_a = sqrt(max(sum(a * a, axis = axis), eps * eps))
  let size_b = sqrt(max(sum(b * b, axis = axis), eps * eps))
  return sum(a * b, axis = axis) / (size_a * size_b)
}
