/// Mean over everything seen in this pass, or over the elements where `where` is true. Metrics are made of it.
block average(x: [...s], where: bool[...s]?) -> [] {
  state total: [] = 0
  state count: [] = 0
  update total = total + (if where == none then sum(x) else sum(chosen(x, where)))
  update count = count + (if where == none then size(x) else f32(sum(where)))
  return total / max(count, 1)
}

/// x where `mask` is true, else 0.
block chosen(x: [...s], mask: bool[...s]) -> [...s] = where(mask, x, 0)

/// Share of positions whose largest logit is the label's.
block accuracy(logits: [..., classes], label: i32[...], where: bool[...]?) -> [] =
  average(argmax(logits) == label, where = where)

/// Share of positions whose label is among the `k` largest logits.
block top_k(k: int = 5)(logits: [..., classes], label: i32[...]) -> [] {
  let own = sum(where(iota(classes) == label[..., none], logits, 0), axis = -1)
  return average(sum(not (logits <= own[..., none]), axis = -1) < k)
}

/// Counts over the whole pass: row = label, column = the class predicted.
block confusion(logits: [..., classes], label: i32[...]) -> [classes, classes] {
  state counts: [classes, classes] = zeros
  let truth = label |> one_hot(classes) |> reshape([_, classes])
  let guess = argmax(logits) |> one_hot(classes) |> reshape([_, classes])
  update counts = counts + transpose(truth) @ guess
  return counts
}

/// True positives / predicted positives over the whole pass: of one `class`, or the mean over all classes (macro).
/// A class that was never predicted has precision 0.
block precision(class: int? = none)(logits: [..., classes], label: i32[...]) -> [] {
  let counts = confusion(logits, label)
  let each = diagonal(counts) / max(sum(counts, axis = 0), 1)
  return if class == none then mean(each) else each[class]
}

/// True positives / labels over the whole pass: of one `class`, or the mean over all classes (macro).
/// A class without a label has recall 0.
block recall(class: int? = none)(logits: [..., classes], label: i32[...]) -> [] {
  let counts = confusion(logits, label)
  let each = diagonal(counts) / max(sum(counts, axis = 1), 1)
  return if class == none then mean(each) else each[class]
}

/// 2 · precision · recall / (precision + recall) over the whole pass: of one `class`, or the mean over all classes (macro).
block f1(class: int? = none)(logits: [..., classes], label: i32[...]) -> [] {
  let counts = confusion(logits, label)
  let each = 2 * diagonal(counts) / max(sum(counts, axis = 0) + sum(counts, axis = 1), 1)
  return if class == none then mean(each) else each[class]
}

/// The elements [i, i].
block diagonal(x: [n, n]) -> [n] = sum(where(iota(n)[:, none] == iota(n)[none, :], x, 0), axis = 1)

/// Area under the ROC curve over the whole pass, exactly: the share of pairs of a positive (label 1) and a negative (label 0)
/// in which the positive has the larger score; ties count one half. Every new score is compared with all that came before.
block auc(score: [n], label: i32[n]) -> [] {
  state scores: [examples] = zeros
  state sides: [examples] = zeros
  state seen: i32[] = 0
  state wins: [] = 0
  let side = where(label == 1, 1.0, -1.0)
  let place = iota(examples) - seen
  let fresh = place >= 0 and place < n
  update scores = where(fresh, score[place], scores)
  update sides = where(fresh, side[place], sides)
  let older = place < 0
  update wins = wins + sum(pair_wins(score, side, scores, where(older, sides, 0)))
    + 0.5 * sum(pair_wins(score, side, score, side))
  update seen = seen + n
  let positives = f32(sum(sides > 0))
  let negatives = f32(sum(sides < 0))
  return wins / max(positives * negatives, 1)
}

/// For every pair of opposite sides (±1; 0 is no side): 1 where the positive has the larger score, ½ on a tie, else 0.
block pair_wins(a: [n], side_a: [n], b: [m], side_b: [m]) -> [n, m] {
  let gap = (a[:, none] - b[none, :]) * side_a[:, none]
  let opposite = side_a[:, none] * side_b[none, :] < 0
  return where(opposite, where(gap > 0, 1.0, where(gap < 0, 0.0, 0.5)), 0.0)
}

/// e to the mean cross entropy of the positions (those where `where` is true) over the whole pass.
block perplexity(logits: [..., classes], label: i32[...], where: bool[...]?) -> [] =
  exp(average(cross_entropy(logits, label, reduce = false), where = where))

/// Mean absolute error over the whole pass.
block mae(prediction: [...s], target: [...s]) -> [] = average(abs(prediction - target))

/// Root of the mean squared error over the whole pass.
block rmse(prediction: [...s], target: [...s]) -> [] = sqrt(average((prediction - target) ** 2))

/// 1 − Σ (target − prediction)² / Σ (target − mean)² over the whole pass. The mean and the squares about it are merged
/// batch by batch (Chan et al., 1979), which keeps digits where the mean is large.
block r2(prediction: [...s], target: [...s]) -> [] {
  state count: [] = 0
  state middle: [] = 0
  state spread: [] = 0
  state missed: [] = 0
  let n = size(target)
  let here = mean(target)
  let shift = here - middle
  let total = count + n
  update missed = missed + sum((target - prediction) ** 2)
  update spread = spread + sum((target - here) ** 2) + shift * shift * count * n / total
  update middle = middle + shift * n / total
  update count = total
  return 1 - missed / spread
}
