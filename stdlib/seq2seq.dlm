// Sequence to sequence with recurrent networks: an encoder that reads a sentence and a decoder that writes another one.

/// Reads token numbers: `emb` [vocab, width], `rnn`, a deep `gru`; gives the outputs of the last layer at every position
/// [b, t, hidden] and the last states [layers, b, hidden]. `mask` [b, t] is true for real tokens. Sutskever et al., 2014.
block seq2seq_encoder(vocab: int, width: int, hidden: int, layers: int = 1, drop: float = 0)
  (tokens: i32[b, t], mask: bool[b, t]?) -> (outputs: [b, t, hidden], states: [layers, b, hidden]) {
  let emb = embedding(vocab, width)
  let rnn = gru(hidden, layers, drop = drop, final = true)
  return rnn(emb(tokens), mask = mask)
}

/// Writes a sentence from the encoder's last states, which it starts from; the last layer's is beside every token too.
/// `tokens` is the sentence so far (teacher forcing), the result the scores of what follows each of its tokens
/// [b, t, vocab]. `emb`, `rnn`, `dense`. Cho et al., 2014.
block seq2seq_decoder(vocab: int, width: int, hidden: int, layers: int = 1, drop: float = 0)
  (tokens: i32[b, t], states: [layers, b, hidden]) -> [b, t, vocab] {
  let emb = embedding(vocab, width)
  let rnn = gru(hidden, layers, drop = drop)
  let dense = dense(vocab)
  let context = expand(states[-1][:, none], shape = [b, t, hidden])
  return rnn(concat([emb(tokens), context], axis = -1), states) |> dense
}

/// Writes a sentence and looks at every step at the encoder's outputs `memory` [b, s, hidden] by `additive_attention` from the
/// state of the last layer; what it sees stands before the token in the input of `rnn` (`gru_step`). Gives the scores
/// [b, t, vocab] and the weights [b, t, s]. `emb`, `attention`, `rnn`, `dense`. Bahdanau et al., 2015.
block attention_decoder(vocab: int, width: int, hidden: int, layers: int = 1, attention_hidden: int = hidden)
  (tokens: i32[b, t], memory: [b, s, k], states: [layers, b, hidden], mask: bool[b, s]?)
  -> (logits: [b, t, vocab], weights: [b, t, s]) {
  let emb = embedding(vocab, width)
  let attention = additive_attention(attention_hidden)
  let rnn = gru_step(hidden, layers)
  let dense = dense(vocab)
  let seen = if mask == none then none else mask[:, none]
  let step = (x_t, h) => {
    let (context, weights) = attention(h[-1][:, none], memory, memory, mask = seen)
    let h = rnn(concat([context[:, 0], x_t], axis = -1), h)
    return ((h[-1], weights[:, 0]), h)
  }
  let ((outputs, weights), _) = scan(step)(emb(tokens), states)
  return (dense(outputs), weights)
}
