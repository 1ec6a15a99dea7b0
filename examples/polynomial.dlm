/// Under- and overfitting. The points are a cubic with noise; three trainings see 4, 2 or all 20 powers of x.
/// With 4 the loss on the test points comes down to the noise, with 2 neither loss does, with 20 and a handful of points
/// the training loss falls and the test loss does not follow.
///
///     npx dlmc train examples/polynomial.dlm --training fitting
///     npx dlmc train examples/polynomial.dlm --training underfitting
///     npx dlmc train examples/polynomial.dlm --training overfitting

data cubic = synthetic(200, seed = 0) {
  let x = normal([])
  /// x^i / i!, so that no power is much larger than the others.
  let powers = x ** range(20) / gamma(range(20) + 1)
  field features: [20] = powers
  field y: [1] = [5, 1.2, -3.4, 5.6] @ powers[:4] + 0.1 * normal([1])
  split = holdout(test = 0.5)
}

data few = cubic {
  split = holdout(test = 0.9)
}

model Polynomial(terms: int = 4)(features: [batch, 20]) -> (prediction: [batch, 1]) =
  features[:, :terms] |> dense(1, use_bias = false)

train fitting = Polynomial(terms = 4) on cubic {
  loss      = mse(prediction, y)
  optimizer = sgd(lr = 0.02)
  batch     = 10
  epochs    = 400
}

train underfitting = Polynomial(terms = 2) on cubic {
  loss      = mse(prediction, y)
  optimizer = sgd(lr = 0.02)
  batch     = 10
  epochs    = 400
}

train overfitting = Polynomial(terms = 20) on few {
  loss      = mse(prediction, y)
  optimizer = sgd(lr = 0.02)
  batch     = 10
  epochs    = 1500
}
