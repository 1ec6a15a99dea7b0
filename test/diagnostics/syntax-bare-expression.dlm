// An expression alone is no statement.
block scale(by: float)(x: [n]) -> [n] {
  let y = by * x
  relu(y)  //! bare-expression: an expression alone is no statement  //? a result needs `return`, or a name with `let`
  [1, 2]
  y  //! bare-expression: an expression alone is no statement  //? a result needs `return`, or a name with `let`
}

dense(10)  //! bare-expression: an expression alone is no statement  //? a value gets a name with `let`

data numbers = synthetic(10) {
  uniform([1])  //! bare-expression: an expression alone is no statement  //? a setting is written `name = value`, a field `field name: type = value`
  field x: [] = 1
}

train scale on numbers {
  mse(x, 1)  //! bare-expression: an expression alone is no statement  //? a setting is written `name = value`
  epochs = 1
}
