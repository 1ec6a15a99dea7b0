/// English to French with attention (Bahdanau et al., 2015): at each word that it writes, the decoder looks at all words that were
/// read. The Tatoeba pairs are wanted as `translation/fra.txt` beside this file or in $DLM_DATA; pairs with the same English side
/// are in one split.
///
///     npx dlmc train examples/bahdanau.dlm
///     npx dlmc generate examples/bahdanau.dlm --prompt "where is my book ?"
///
/// Recorded on wasm, one thread, seed 0, after 12 epochs and 10.5 minutes of processor time: perplexity 4.65 and corpus BLEU-4 0.200
/// (greedy) on the test pairs. "go ." becomes "va!", "i am not tired ." "je ne suis pas fatigué.", "where is my book ?" "où est
/// mon livre?" and "she speaks french very well ." "elle parle à son travail."

data pairs = tsv("translation/fra.txt", columns = ["english", "french"]) {
  let en = vocab(min_count = 2)
  let fr = vocab(min_count = 3)
  field source: i32[i] = english |> tokenize("word", lower = true) |> en |> end
  field target: i32[j] = french |> tokenize("word", lower = true) |> fr |> begin |> end
  split  = holdout(validation = 0.0334, test = 0.0334, by = english)
  bucket = 4
}

/// A GRU reads the sentence; another writes its translation and looks at every word that was read before each word.
model Bahdanau(english: int, french: int, width: int = 128, hidden: int = 192)
  (source: i32[batch, i], target: i32[batch, j]) -> (logits: [batch, j, french], weights: [batch, j, i]) {
  let encoder = seq2seq_encoder(english, width, hidden)
  let decoder = attention_decoder(french, width, hidden)
  let real = source != 0
  let (memory, states) = encoder(source, mask = real)
  return decoder(target, memory, states, mask = real)
}

train translator = Bahdanau(english = pairs.en.size, french = pairs.fr.size) on pairs {
  let guess = logits[:, :-1]
  let goal = target[:, 1:]
  loss      = cross_entropy(guess, goal, ignore = 0)
  metrics   = {
    perplexity = perplexity(guess, goal, where = goal != 0),
    accuracy = token_accuracy(guess, goal),
    bleu = corpus_bleu(translate(source), goal),
  }
  optimizer = adam(lr = cosine(from = 2e-3, to = 0))
  clip      = norm(1)
  batch     = 128
  epochs    = 12
}

decode translate = translator { grows = target  next = logits  text = pairs.fr  pick = greedy  limit = 16 }
