// What the language has and this version does not run: said once each, at the place that wants it.
model A(x: [n, t]) -> (y: [n, t]) = x |> sort  //! not-yet: `sort` is part of the language, but this version does not run it yet
data words = synthetic(8) { field a: [4] = normal([4]) }
model Line(x: [n]) -> (y: [n]) { param w: [] = zeros return x * w }
train Line on words { loss = mse(y, a)  optimizer = sgd(lr = 0.1)  epochs = 1 }  //! missing-field: `Line` wants the input `x`, but `words` has no such field  //? the model's input  //? `words` has the fields `a`
