/// Whether a sentence about a film is kind (Kim, 2014, on the sentences of Pang and Lee, 2005): a convolutional network over
/// words. The sentences are wanted as `sentiment/mr_polarity.tsv` beside this file or in $DLM_DATA; the last tenth of the rows
/// is for the test.
///
///     npx dlmc train examples/sentiment.dlm
///
/// Recorded on wasm, one thread, seeds 0, 1 and 2: 77.2, 76.3 and 78.5 %, a mean of 77.3 %, of the test sentences, with the
/// weights of the epoch that was best on the validation sentences; 3 minutes of processor time each.

data reviews = tsv("sentiment/mr_polarity.tsv") {
  let words = vocab(min_count = 2)
  field tokens: i32[time] = text |> tokenize("word", lower = true) |> words
  field label: i32[]
  split = holdout(validation = 0.1, test = 0.1, shuffle = false)
}

/// Vectors of words, of which half the numbers are dropped, under convolutions over 3, 4 and 5 words and a maximum over the sentence.
model TextCNN(vocab: int, width: int = 100, channels: int = 100)(tokens: i32[batch, time]) -> (logits: [batch, 2]) =
  tokens |> embedding(vocab, width, init = normal(std = 0.1)) |> dropout(0.5)
    |> text_cnn([3, 4, 5], channels) |> dropout(0.5) |> dense(2)

train cnn = TextCNN(vocab = reviews.words.size) on reviews {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = 1e-3)
  batch     = 50
  epochs    = 8
  best      = highest(validation.accuracy)
}
