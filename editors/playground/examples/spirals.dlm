/// Two spirals wound around each other: no straight line tells them apart, a small network does.
/// Take a hidden layer away, or `tanh`, and see the loss stay where it is.

data spirals = synthetic(1000, seed = 0) {
  let arm = i32(uniform([]) < 0.5)
  let turn = 0.5 + 3 * uniform([])
  let angle = 3.14159 * (turn + arm)
  field point: [2] = turn / 3 * concat([cos(angle)[none], sin(angle)[none]]) + 0.03 * normal([2])
  field kind: i32[] = arm
  split = holdout(validation = 0.2)
}

model Separate(width: int = 24)(point: [batch, 2]) -> (logits: [batch, 2]) =
  point |> dense(width) |> tanh |> dense(width) |> tanh |> dense(2)

train Separate on spirals {
  loss      = cross_entropy(logits, kind)
  metrics   = { accuracy = accuracy(logits, kind) }
  optimizer = adam(lr = 1e-2)
  batch     = 50
  epochs    = 100
}
