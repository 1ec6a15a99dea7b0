data given = synthetic(4) {
  field src: i32[7] = zeros([7], dtype = i32)
  field src_len: i32[] = 1
  field dec_input: i32[8] = zeros([8], dtype = i32)
  field y: i32[8] = zeros([8], dtype = i32)
  field tgt_len: i32[] = 1
}

block masked_loss(logits: [batch, time, vocab], goal: i32[batch, time], real: bool[batch, time]) -> [] =
  sum(where(real, cross_entropy(logits, goal, reduce = false), 0)) / sum(real)

// The oracle's attention stands beside the decoder, the library's `attention_decoder` holds it; the parts are the library's.
block decoder(hidden: int, attend: block)(tokens: i32[b, t], memory: [b, s, hidden], states: [layers, b, hidden], mask: bool[b, s])
  -> [b, t, 22] {
  let emb = embedding(22, 10)
  let rnn = gru_step(hidden, layers)
  let dense = dense(22)
  let step = (x_t, h) => {
    let (context, _) = attend(h[-1][:, none], memory, memory, mask = mask[:, none])
    let h = rnn(concat([context[:, 0], x_t], axis = -1), h)
    return (h[-1], h)
  }
  let (outputs, _) = scan(step)(emb(tokens), states)
  return dense(outputs)
}

model Net(src: i32[batch, i], src_len: i32[batch], dec_input: i32[batch, j]) -> (logits: [batch, j, 22]) {
  let encoder = seq2seq_encoder(20, 10, 14, layers = 2)
  let attention = additive_attention(12)
  let (memory, states) = encoder(src)
  let decoder = decoder(14, attention)
  return decoder(dec_input, memory, states, real_positions(i)(src_len))
}

train net = Net on given {
  loss = masked_loss(logits, y, real_positions(8)(tgt_len))
  optimizer = sgd(lr = 0.7)
  clip = norm(1)
  batch = 4
  epochs = 1
}
