/// A language model over 28 letters: long short-term memory of width 256 over 32 steps, 32 texts at once. The first axis of
/// `tokens` is time, as in the other frameworks' programs.

let steps = 32

data texts = synthetic(steps) {
  field tokens: i32[32] = i32(floor(28 * uniform([32])))
  field label: i32[32] = i32(floor(28 * uniform([32])))
}

model LM(tokens: i32[time, texts]) -> (logits: [time, texts, 28]) {
  let zero = zeros([texts, 256])
  let cell = lstm_cell(256)
  let (ys, _) = scan((x, state) => { let (h, c) = cell(x, state) return (h, (h, c)) }, axis = 0)
    (one_hot(28)(tokens), (zero, zero))
  return ys |> dense(28)
}

train LM on texts {
  loss      = cross_entropy(logits, label)
  optimizer = sgd(lr = 0.1)
  batch     = 32
  epochs    = 1
}
