// `:` where a value is given.
let head = dense(units: 10)  //! syntax: expected `,` or `)`, found `:`  //? a value is given with `=`: `units = …`  //? `=`
let rates = { slow: 0.1, fast = 1 }  //! syntax: expected `=`, found `:`  //? a value is given with `=`: `slow = …`  //? `=`

data digits = synthetic(n = 100) {
  label: i32[]  //! syntax: expected `=`, found `:`  //? a field is declared with `field label: …`
  split = holdout(validation = 0.1)
}

train Net on digits {
  loss: cross_entropy(logits, label)  //! syntax: expected `=`, found `:`  //? a value is given with `=`: `loss = …`  //? `=`
  epochs = 3
}
