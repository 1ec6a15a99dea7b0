/// Recurrent language models of characters on the first 10,000 of The Time Machine, as the book "Dive into Deep Learning" takes
/// them: lower-cased, letters and spaces only, in windows of 32. They learn the text nearly by heart: without a state carried
/// over, no model of such windows gets under a perplexity of about 1.22. The text is wanted as `text/timemachine.txt` beside
/// this file or in $DLM_DATA.
///
///     npx dlmc train examples/time_machine.dlm --training gru_lm
///     npx dlmc generate examples/time_machine.dlm write_gru --prompt "time traveller"
///
/// Recorded on wasm, one thread, seed 0: perplexity on the training text 1.261 (GRU), 1.267 (LSTM) and 1.304 (RNN) after 2.1, 2.6
/// and 1.3 minutes of processor time. All three go on from "time traveller" with " it would be remarkably convenient for the
/// histori…", which stands in the book.
data book = text("text/timemachine.txt", window = 33, lower = true, keep = "[a-z ]", limit = 10000) {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[32] = ids[:-1]
  field target: i32[32] = ids[1:]
}

/// `layer` is a recurrent block: `rnn`, `gru` or `lstm`.
model CharLM(vocab: int, layer: block = gru, hidden: int = 256)(input: i32[batch, time]) -> (logits: [batch, time, vocab]) =
  input |> one_hot(vocab) |> layer(hidden) |> dense(vocab)

train gru_lm = CharLM(vocab = book.chars.size) on book {
  loss      = cross_entropy(logits, target)
  metrics   = { perplexity = exp(average(cross_entropy(logits, target, reduce = false))) }
  optimizer = adam(lr = cosine(from = 5e-3, to = 0))
  clip      = norm(1)
  batch     = 32
  epochs    = 300
}

train lstm_lm = CharLM(vocab = book.chars.size, layer = lstm) on book {
  loss      = cross_entropy(logits, target)
  metrics   = { perplexity = exp(average(cross_entropy(logits, target, reduce = false))) }
  optimizer = adam(lr = cosine(from = 5e-3, to = 0))
  clip      = norm(1)
  batch     = 32
  epochs    = 300
}

train rnn_lm = CharLM(vocab = book.chars.size, layer = rnn) on book {
  loss      = cross_entropy(logits, target)
  metrics   = { perplexity = exp(average(cross_entropy(logits, target, reduce = false))) }
  optimizer = adam(lr = cosine(from = 5e-3, to = 0))
  clip      = norm(1)
  batch     = 32
  epochs    = 500
}

decode write_gru = gru_lm {
  grows  = input
  next   = logits
  text   = book.chars
  pick   = greedy
  prompt = "time traveller"
  limit  = 50
}

decode write_lstm = lstm_lm {
  grows  = input
  next   = logits
  text   = book.chars
  pick   = greedy
  prompt = "time traveller"
  limit  = 50
}

decode write_rnn = rnn_lm {
  grows  = input
  next   = logits
  text   = book.chars
  pick   = greedy
  prompt = "time traveller"
  limit  = 50
}
