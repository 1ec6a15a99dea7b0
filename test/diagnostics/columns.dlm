// Fields and models against the columns of files whose headers are there to be read.
data houses = csv("houses.csv") {
  field area: []
  field rom: [] = rooms / 10
  field price: []
}
data misread = csv("houses.csv") {
  field aera: []  //! unknown-column: the csv data has no column `aera`  //? is `area` meant?  //? `area`
}
data misread_inside = csv("houses.csv") {
  field area: [] = aera + rom  //! unknown-name: nothing is called `aera` here  //? is `area` meant?  //? `area`  //! unknown-name: nothing is called `rom` here  //? declare it in this file, or import it: `import { rom } from "./other.dlm"`
}
data words = csv("houses.csv") {
  field street: []  //! wrong-kind: this field must be numbers, not text columns  //? `|> one_hot` makes numbers of them; one column is a category in a field of type `i32[]`, or `|> tokenize("word")` cuts it
}
data stripes = idx("stripes") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
data wrong_size = idx("stripes") {
  field image: [1, 32, 32] = image / 255  //! shape-mismatch: the field `image`: [1, 32, 32] and [1, 28, 28] do not fit  //? axis 1: 32 = 28 does not hold  //? the shape is declared here
}
data no_column = idx("stripes") {
  field picture: [1, 28, 28]  //! unknown-column: the idx data has no column `picture`  //? there are image, label
}

model Price(area: [batch], rooms: [batch]) -> (guess: [batch]) {
  param weight: [2] = zeros
  return area * weight[0] + rooms * weight[1]
}
train Price on houses {  //! missing-field: `Price` wants the input `rooms`, but `houses` has no such field  //? the model's input  //? `houses` has the fields `area`, `rom`, `price`
  loss = mse(guess, price)  optimizer = sgd(lr = 0.1)  epochs = 1
}

model Classify(image: [batch, 3, h, w]) -> (logits: [batch, 10]) = image |> flatten |> dense(10)
train Classify on stripes {  //! shape-mismatch: the input `image` of `Classify`: [batch, 3, h, w] and [batch, 1, 28, 28] do not fit  //? axis 1: 3 = 1 does not hold  //? the shape is declared here  //? `image` comes from here
  loss = cross_entropy(logits, label)  optimizer = sgd(lr = 0.1)  epochs = 1
}

model Flat(image: [batch, pixels]) -> (logits: [batch, 10]) = image |> dense(10)
train Flat on stripes {  //! shape-mismatch: the input `image` of `Flat`: [batch, pixels] and [batch, 1, 28, 28] do not fit  //? 4 axes where 2 stand in the declaration  //? the shape is declared here  //? `image` comes from here
  loss = cross_entropy(logits, label)  optimizer = sgd(lr = 0.1)  epochs = 1
}

model Nine(image: [batch, c, h, w]) -> (logits: [batch, 9]) = image |> flatten |> dense(10)  //! shape-mismatch: the result `logits`: [batch, 9] and [batch, 10] do not fit  //? axis 1: 9 = 10 does not hold  //? the shape is declared here  //? in `Nine`, which is used here
train Nine on stripes {
  loss = cross_entropy(logits, label)  optimizer = sgd(lr = 0.1)  epochs = 1
}

model Swapped(image: [batch, c, h, w]) -> (logits: [batch, 10]) = image |> flatten |> dense(10)
train Swapped on stripes {
  loss = cross_entropy(label, logits)  optimizer = sgd(lr = 0.1)  epochs = 1  //! dtype-mismatch: the input `label` of `cross_entropy`: expected i32, found f32  //? declared here  //? `i32(…)` converts
}
