// A bracket that is not closed is reported where it should have been closed, and only once.
block scale(by: float = 2.0)(x: [n]) -> [n] {
  let y = max(x, 0  //! syntax: expected `,` or `)`, found `let`  //? this `(` is still open
  let z = (y + 1  //! syntax: expected `,` or `)`, found `let`  //? this `(` is still open
  let w = [x, y, z  //! syntax: expected `,` or `]`, found `return`  //? this `[` is still open
  return w[0] * by
}

model Net(image: [batch, d]) -> (logits: [batch, 10]) =
  image |> dense(10  //! syntax: expected `,` or `)`, found `train`  //? this `(` is still open

train Net on digits {
  loss = cross_entropy(logits, label  //! syntax: expected `,` or `)`, found `metrics`  //? this `(` is still open
  metrics = { accuracy = accuracy(logits, label)  //! syntax: expected `,` or `}`, found `epochs`  //? this `{` is still open
  epochs = 3
}
