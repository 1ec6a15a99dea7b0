data given = synthetic(4) {
  field src: i32[7] = zeros([7], dtype = i32)
  field src_len: i32[] = 1
  field dec_input: i32[8] = zeros([8], dtype = i32)
  field y: i32[8] = zeros([8], dtype = i32)
  field tgt_len: i32[] = 1
}

block masked_loss(logits: [batch, time, vocab], goal: i32[batch, time], real: bool[batch, time]) -> [] =
  sum(where(real, cross_entropy(logits, goal, reduce = false), 0)) / sum(real)

model Net(src: i32[batch, i], dec_input: i32[batch, j]) -> (logits: [batch, j, 22]) {
  let encoder = seq2seq_encoder(20, 10, 16, layers = 2)
  let decoder = seq2seq_decoder(22, 10, 16, layers = 2)
  let (_, states) = encoder(src)
  return decoder(dec_input, states)
}

train net = Net on given {
  loss = masked_loss(logits, y, real_positions(8)(tgt_len))
  optimizer = sgd(lr = 0.7)
  clip = norm(1)
  batch = 4
  epochs = 1
}
