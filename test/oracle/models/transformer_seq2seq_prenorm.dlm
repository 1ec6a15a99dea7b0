data given = synthetic(4) {
  field src: i32[7] = zeros([7], dtype = i32)
  field src_len: i32[] = 1
  field dec_input: i32[8] = zeros([8], dtype = i32)
  field y: i32[8] = zeros([8], dtype = i32)
  field tgt_len: i32[] = 1
}

block smoothed_loss(logits: [batch, time, vocab], goal: i32[batch, time]) -> [] =
  cross_entropy(logits, goal, smoothing = 0.1, ignore = 0)

model Net(src: i32[batch, i], dec_input: i32[batch, j]) -> (logits: [batch, j, 18]) {
  let src_emb = embedding(20, 12)
  let tgt_emb = embedding(18, 12)
  let encoder = transformer_encoder(2, 3, 24, drop = 0, activation = gelu, norm_first = true, last_norm = false)
  let encoder_norm = layer_norm
  let decoder = transformer_decoder(2, 3, 24, drop = 0, activation = gelu, norm_first = true, last_norm = false)
  let decoder_norm = layer_norm
  let out = dense(18)
  let real = (src != 0)[:, none, none, :]
  let memory = encoder(src_emb(src) * sqrt(12) |> positional_encoding, mask = real) |> encoder_norm
  return decoder(tgt_emb(dec_input) * sqrt(12) |> positional_encoding, memory, memory_mask = real) |> decoder_norm |> out
}

train net = Net on given {
  loss = smoothed_loss(logits, y)
  optimizer = adam(lr = 2e-3, beta2 = 0.98, eps = 1e-6)
  batch = 4
  epochs = 1
}
