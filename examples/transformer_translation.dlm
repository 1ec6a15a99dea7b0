/// The Transformer (Vaswani et al., 2017) as a translator from English to French, on the pairs of `bahdanau.dlm`.
///
///     npx dlmc train examples/transformer_translation.dlm
///     npx dlmc generate examples/transformer_translation.dlm --prompt "where is my book ?"
///
/// Recorded on wasm, one thread, seed 0, after 12 epochs and 15 minutes of processor time: perplexity 4.11 and corpus BLEU-4 0.219
/// (greedy) on the test pairs. "go ." becomes "va!", "i am not tired ." "je ne suis pas fatigué.", "where is my book ?" "où est
/// mon livre?" and "she speaks french very well ." "elle parle très bien."

import { pairs } from "./bahdanau.dlm"

model Transformer(english: int, french: int, width: int = 128, depth: int = 2)
  (source: i32[batch, i], target: i32[batch, j]) -> (logits: [batch, j, french]) =
  transformer(english, french, width, heads = 4, hidden = 4 * width, depth = depth)(source, target)

train translator = Transformer(english = pairs.en.size, french = pairs.fr.size) on pairs {
  let guess = logits[:, :-1]
  let goal = target[:, 1:]
  loss      = cross_entropy(guess, goal, smoothing = 0.1, ignore = 0)
  metrics   = {
    perplexity = perplexity(guess, goal, where = goal != 0),
    accuracy = token_accuracy(guess, goal),
    bleu = corpus_bleu(translate(source), goal),
  }
  optimizer = adam(lr = warmup(200, cosine(from = 1e-3, to = 0)), beta2 = 0.98)
  clip      = norm(1)
  batch     = 128
  epochs    = 12
}

decode translate = translator { grows = target  next = logits  text = pairs.fr  pick = greedy  limit = 16 }
