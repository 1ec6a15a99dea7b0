/// Linear regression with nothing hidden: parameters, loss and optimizer are written in this file.
/// A hundred points lie about the line y = 4 + 3 x; after training `weight` is near 3 and `bias` near 4.
///
///     npx dlmc train examples/linear_regression.dlm

data line = synthetic(100, seed = 0) {
  field x: [1] = 2 * uniform([1])
  field y: [1] = 4 + 3 * x + normal([1], std = 0.5)
}

model Line(x: [batch, d]) -> (prediction: [batch, 1]) {
  param weight: [d, 1] = normal(std = 0.01)
  param bias: [1] = zeros
  return x @ weight + bias
}

/// Mean of the squared errors.
block squared_error(prediction: [...s], target: [...s]) -> [] = mean((prediction - target) ** 2)

/// One step downhill. An optimizer maps a parameter `w` and its gradient `g` to the new parameter.
block descend(rate: float = 0.1)(w: [...s], g: [...s]) -> [...s] = w - rate * g

train Line on line {
  loss      = squared_error(prediction, y)
  optimizer = descend(rate = 0.1)
  batch     = all
  epochs    = 200
}
