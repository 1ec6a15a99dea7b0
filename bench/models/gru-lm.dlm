/// A language model over 28 letters: gated recurrent units of width 256 over 32 steps, 32 texts at once. The first axis of
/// `tokens` is time, as in the other frameworks' programs.

let steps = 32

data texts = synthetic(steps) {
  field tokens: i32[32] = i32(floor(28 * uniform([32])))
  field label: i32[32] = i32(floor(28 * uniform([32])))
}

model LM(tokens: i32[time, texts]) -> (logits: [time, texts, 28]) {
  let cell = gru_cell(256)
  let (ys, _) = scan((x, h) => { let h = cell(x, h) return (h, h) }, axis = 0)
    (one_hot(28)(tokens), zeros([texts, 256]))
  return ys |> dense(28)
}

train LM on texts {
  loss      = cross_entropy(logits, label)
  optimizer = sgd(lr = 0.1)
  batch     = 32
  epochs    = 1
}
