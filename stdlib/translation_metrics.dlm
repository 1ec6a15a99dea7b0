// Metrics of generated text. Sentences are rows of ids: what stands before the first padding (0) or end token (3) counts,
// so that a prediction and a label may be padded to different lengths.

/// Share of positions whose largest logit is the label's, padding (label 0) left out, over the whole pass.
block token_accuracy(logits: [..., classes], label: i32[...]) -> [] = accuracy(logits, label, where = label != 0)

/// BLEU of each sentence, then its mean over the sentences of the pass, as the book "Dive into Deep Learning" defines it:
/// exp(min(0, 1 − |label| / |prediction|)) · Π p_n^(1 / 2^n) for n-grams of n = 1 … `up_to` words, where p_n is the share
/// of the prediction's n-grams that match the label, each of the label's at most once. No more n than the prediction has
/// words count; an empty prediction is worth 0. Papineni et al., 2002; "Dive into Deep Learning", section 10.7.
block bleu(up_to: int = 4)(prediction: i32[batch, i], label: i32[batch, j]) -> [] {
  let length = words_before_end(prediction)
  let shares = map(range(1, up_to + 1), n => {
    let share = ngram_matches(n)(prediction, label[:, none]) / max(length - n + 1, 1)
    return where(length < n, 1, share ** 0.5 ** n)
  })
  let brevity = exp(min(1 - words_before_end(label) / max(length, 1), 0))
  return average(where(length == 0, 0, brevity * prod(stack(shares), axis = 0)))
}

/// BLEU of all sentences of the pass together: exp(min(0, 1 − r / c)) · (Π p_n)^(1 / up_to) for n = 1 … `up_to`, where matches and
/// numbers of n-grams, the predictions' words c and the references' words r are summed over the pass; 0 where no n-gram
/// of a length matches. `label` [batch, j] is a reference for each sentence, [batch, references, j] several: an n-gram then
/// matches as often as the reference that has most of it, and the reference closest in length counts in r, the shorter of two;
/// a row without words is no reference. No smoothing. Papineni et al., 2002.
block corpus_bleu(up_to: int = 4)(prediction: i32[batch, i], label: i32[batch, ...references, j]) -> [] {
  let label = reshape([batch, prod(references), j])(label)
  state matches: i32[up_to] = zeros
  state grams: i32[up_to] = zeros
  state written: i32[] = 0
  state wanted: i32[] = 0
  let length = words_before_end(prediction)
  update matches = matches + stack(map(range(1, up_to + 1), n => sum(ngram_matches(n)(prediction, label))))
  update grams = grams + stack(map(range(1, up_to + 1), n => sum(max(length - n + 1, 0))))
  update written = written + sum(length)
  update wanted = wanted + sum(closest(length, words_before_end(label)))
  let brevity = exp(min(1 - wanted / max(written, 1), 0))
  return brevity * prod(matches / max(grams, 1)) ** (1 / (1.0 * up_to))
}

/// The length out of `lengths` that is closest to `length`, the shorter of two as close; 0 is none.
block closest(length: i32[batch], lengths: i32[batch, n]) -> i32[batch] {
  // Twice the distance, and one more for the longer: they never tie.
  let gap = abs(lengths - length[:, none]) * 2 + i32(lengths > length[:, none])
  let gap = where(lengths == 0, i32(1000000000), gap)
  return take_along(lengths, argmin(gap)[:, none])[:, 0]
}

/// How many words stand before the first padding or end token.
block words_before_end(ids: i32[..., time]) -> i32[...] = sum(is_word(ids), axis = -1)

/// True for ids before the first padding or end token.
block is_word(ids: i32[..., time]) -> bool[..., time] = cumsum(i32(ids == 0 or ids == 3)) == 0

/// How many of each prediction's n-grams match its labels: i32[batch]. One matches if fewer equal ones stand before it in the
/// prediction than the label with most of them has.
block ngram_matches(n: int)(prediction: i32[batch, i], label: i32[batch, references, j]) -> i32[batch] {
  let inside = (ids, time) => is_word(ids_after(n - 1, time)(ids))
  let same = (a, b, times) => {
    let (rows, columns) = times
    let pairs = map(range(n), k => ids_after(k, rows)(a)[..., :, none] == ids_after(k, columns)(b)[..., none, :])
    return all(stack(pairs), axis = 0)
  }
  let earlier = iota(i)[none, :] < iota(i)[:, none]
  let before = sum(same(prediction, prediction, (i, i)) and earlier, axis = -1)
  let there = sum(same(prediction[:, none], label, (i, j)) and inside(label, j)[..., none, :], axis = -1) |> max(axis = 1)
  return sum(inside(prediction, i) and before < there, axis = -1)
}

/// What stands `k` places later, padding where nothing does.
block ids_after(k: int, time: int)(ids: i32[..., time]) -> i32[..., time] = pad([(0, k)])(ids)[..., k:]
