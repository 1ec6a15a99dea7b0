// Trainings.
data points = synthetic(100) {
  field x: [2] = normal([2])
  field y: [1] = normal([1])
}

model Line(x: [batch, d]) -> (guess: [batch, 1]) = x |> dense(1)
model Named(x: [batch, d]) -> (y: [batch, 1]) = x |> dense(1)
model Wants(z: [batch, d]) -> (guess: [batch, 1]) = z |> dense(1)
model Fixed(x: [batch, d]) -> (guess: [batch, 1]) = x |> reshape([batch, d, 1]) |> mean(axis = 1)

train vector_loss = Line on points {
  loss = (guess - y) ** 2  optimizer = sgd(lr = 0.1)  epochs = 1  //! loss-not-scalar: the loss must be one number (f32[]), not f32[batch, 1]  //? `mean(…)` or `sum(…)` makes one number of it
}
train same_name = Named on points {  //! ambiguous-name: `y` is a field of the data and an output of the model  //? the data's field
  loss = mse(y, y)  optimizer = sgd(lr = 0.1)  epochs = 1
}
train no_field = Wants on points {  //! missing-field: `Wants` wants the input `z`, but `points` has no such field  //? the model's input  //? `points` has the fields `x`, `y`
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
}
train no_parameters = Fixed on points {  //! no-parameters: `Fixed` has no parameters, so there is nothing to train
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
}
train unused_pattern = Line on points {
  loss = mse(guess, y)  optimizer = { "head.*" = sgd(lr = 0.1), "*" = sgd(lr = 0.2) }  epochs = 1  //! unused-pattern: no parameter fits the pattern "head.*"  //? the parameters are dense_0.weight, dense_0.bias
}
train unmatched = Line on points {
  loss = mse(guess, y)  optimizer = { "*.weight" = sgd(lr = 0.1) }  epochs = 1  //! unmatched-parameter: no pattern fits the parameter `dense_0.bias`  //? the parameter is declared here  //? `"*" = …` at the end fits whatever is left, `none` freezes
}
train shadowed_pattern = Line on points {
  loss = mse(guess, y)  optimizer = { "*" = sgd(lr = 0.1), "*.bias" = none }  epochs = 1  //! unused-pattern: no parameter fits the pattern "*.bias"  //? `*` stands before it and fits the same parameters; the first that fits counts
}
train wrong_optimizer = Line on points {
  loss = mse(guess, y)  optimizer = relu  epochs = 1  //! wrong-kind: an optimizer must be a block with the inputs `w` and `g`, not the block `relu`  //? for example `sgd(lr = 0.1)` or `adam(lr = 1e-3)`; `none` freezes
}
train unknown_output = Line on points {
  loss = mse(gues, y)  optimizer = sgd(lr = 0.1)  epochs = 1  //! unknown-name: nothing is called `gues` here  //? is `guess` meant?  //? `guess`
}
train unknown_entry = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  batchsize = 3  //! unknown-entry: a training has no entry `batchsize`  //? there are loss, optimizer, clip, batch, accumulate, epochs, average, best, patience, seed, start, metrics
}
train missing_entry = Line on points {  //! missing-entry: this training needs an entry `optimizer`  //? write, for example, `optimizer = adam(lr = 1e-3)`
  loss = mse(guess, y)  epochs = 1
}
train wrong_kinds = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1.5  //! wrong-kind: `epochs` must be a whole number, not the float 1.5
}
train no_batch = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  batch = 0  //! value-out-of-range: `batch` is 0, but must be 1 or more
}
train wrong_clip = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  clip = 3  //! wrong-kind: `clip` must be `norm(limit)` or `value(limit)` with a limit above 0, not the int 3
}
train vector_metric = Line on points {
  loss = mse(guess, y)  metrics = { gap = guess - y }  optimizer = sgd(lr = 0.1)  epochs = 1  //! metric-not-scalar: the metric `gap` must be one number, not f32[batch, 1]  //? `average(…)` gives the mean over the pass
}
train no_metric = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  best = lowest(train.los)  //! unknown-metric: there is no metric called `los`  //? is `loss` meant?
}
train no_split = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  best = lowest(validaton.loss)  //! unknown-split: the data has no split called `validaton`  //? there are `train`
}
train no_validation = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  best = lowest(validation.loss)  //! unknown-split: the data has no split called `validation`  //? there are `train`
}
train by_test = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  best = lowest(test.loss)  //! best-on-test: the test split may not choose the best weights  //? hold out a validation split: `split = holdout(validation = 0.1)` in the data declaration
}
train no_best = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  patience = 3  //! patience-without-best: `patience` needs `best`  //? write also, for example, `best = lowest(validation.loss)`
}
train no_average = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  average = 0.99  //! wrong-kind: `average` must be a block with the inputs `w` and `average`, not the float 0.99  //? for example `average = ema(0.999)`
}
train not_best = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1  best = validation.loss  //! wrong-kind: `best` must be `lowest(split.metric)` or `highest(split.metric)`, not something else  //? for example `best = highest(validation.accuracy)`
}
train twice = Line on points {
  loss = mse(guess, y)  optimizer = { "*" = sgd(lr = 0.1), "*" = none }  epochs = 1  //! duplicate-name: an entry called `*` stands here already  //? the first one is here
}
train in_phases = Line on points {
  loss = mse(guess, y)
  phase head { optimizer = { "*.weight" = sgd(lr = 0.1), "bias" = none }  epochs = 1 }  //! unmatched-parameter: no pattern fits the parameter `dense_0.bias`  //? the parameter is declared here  //? `"*" = …` at the end fits whatever is left, `none` freezes
}
train parts = Line on points {
  loss = { "*.weight" = mse(guess, y) }  optimizer = sgd(lr = 0.1)  epochs = 1  //! unmatched-parameter: no pattern fits the parameter `dense_0.bias`  //? the parameter is declared here  //? every parameter follows one of the losses; `"*" = …` at the end fits whatever is left
}
train shadowed_part = Line on points {
  loss = { "*" = mse(guess, y), "*.bias" = mean(guess) }  optimizer = sgd(lr = 0.1)  epochs = 1  //! unused-pattern: no parameter fits the pattern "*.bias"  //? `*` stands before it and fits the same parameters; the first that fits counts
}
train vector_part = Line on points {
  loss = { "*.bias" = mse(guess, y), "*" = guess }  optimizer = sgd(lr = 0.1)  epochs = 1  //! loss-not-scalar: the loss must be one number (f32[]), not f32[batch, 1]  //? `mean(…)` or `sum(…)` makes one number of it
}
train no_part = Line on points {
  loss = {}  optimizer = sgd(lr = 0.1)  epochs = 1  //! wrong-kind: `loss` must be a loss for each part, not an empty record
}
train loss_by_number = Line on points {
  loss = 3  optimizer = sgd(lr = 0.1)  epochs = 1  //! loss-not-scalar: the loss must be one number (f32[]), not i32[]  //? `mean(…)` or `sum(…)` makes one number of it
}
train no_data = Line on nothing {  //! unknown-name: nothing is called `nothing` here  //? declare it in this file, or import it: `import { nothing } from "./other.dlm"`
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
}
train on_block = Line on relu {  //! wrong-kind: what stands after `on` must be a data declaration, not the block `relu`
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
}
train no_model = mse on points {  //! wrong-kind: what a training trains must be a `model`, not the block `mse`
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
}
train not_weights = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  start = "a.safetensors"  epochs = 1  //! wrong-kind: `start` must be `weights("file.safetensors")`, not the string "a.safetensors"
}
train no_file = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  start = weights(3)  epochs = 1  //! wrong-kind: the file of weights must be the path of a safetensors file in quotes, not the int 3
}
train wrong_rename = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
  start = weights("a.safetensors", rename = { "fc.*" = "dense_0.*" })  //! unused-pattern: no parameter fits the pattern "fc.*"  //? the parameters are dense_0.weight, dense_0.bias
}
train uneven_rename = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
  start = weights("a.safetensors", rename = { "dense_0.*" = "*.fc.*" })  //! bad-rename: "dense_0.*" and "*.fc.*" have different numbers of `*`
}
train nothing_fresh = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
  start = weights("a.safetensors", fresh = ["head.*"])  //! unused-pattern: no parameter fits the pattern "head.*"  //? the parameters are dense_0.weight, dense_0.bias
}
train no_axes = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
  start = weights("a.safetensors", layout = "h w i o -> o i h w")  //! bad-notation: nothing that fits "*" has 4 axes
}
train other_axes = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)  epochs = 1
  start = weights("a.safetensors", layout = "i o -> o k")  //! bad-notation: a layout names the file's axes, then the same in the order of the model
}
train seeded_phase = Line on points {
  loss = mse(guess, y)  optimizer = sgd(lr = 0.1)
  phase one { epochs = 1  seed = 3 }  //! unknown-entry: a phase has no entry `seed`  //? there are optimizer, clip, batch, accumulate, epochs
}
train not_a_model = Line on points {
  let teacher = frozen(3, "a.safetensors")  //! wrong-kind: what is frozen must be a model, not the int 3
  loss = mse(guess, teacher(x))  optimizer = sgd(lr = 0.1)  epochs = 1
}
train wrong_penalty = Line on points {
  loss = mse(guess, y) + l2("*.wait")  optimizer = sgd(lr = 0.1)  epochs = 1  //! unused-pattern: no parameter fits the pattern "*.wait"
}
train learning_loss = Line on points {
  loss = mse(guess, y) + sum(dense(1)(x))  optimizer = sgd(lr = 0.1)  epochs = 1  //! parameter-place: the parameter `weight` cannot stand in a loss or metric  //? inside `dense` of the standard library  //? a `state` is remembered without being trained
}
train wrong_result = Line on points {
  loss = mse(guess, y)  optimizer = halving  epochs = 1  //! optimizer-result: the optimizer gives f32[] for a parameter of f32[1, 2]  //? for the parameter `dense_0.weight`
}
block halving(w: [...s], g: [...s]) -> [] = sum(w * g)

decode write = Line { grows = x  nxt = guess }  //! missing-entry: this decode declaration needs an entry `next`  //? write, for example, `next = logits`  //! wrong-kind: what a decode declaration decodes with must be the name of a training, not the block `Line`  //! unknown-entry: a decode declaration has no entry `nxt`  //? is `next` meant?  //? `next`
