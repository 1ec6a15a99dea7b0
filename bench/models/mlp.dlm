/// A multilayer perceptron, 784-256-10 with ReLU, trained by plain gradient descent.

let rows = 256

data points = synthetic(rows) {
  field x: [784] = uniform([784], from = -1, to = 1)
  field label: i32[] = i32(floor(10 * uniform([])))
}

model MLP(x: [batch, d]) -> (logits: [batch, 10]) = x |> dense(256) |> relu |> dense(10)

train MLP on points {
  loss      = cross_entropy(logits, label)
  optimizer = sgd(lr = 0.1)
  batch     = 256
  epochs    = 1
}
