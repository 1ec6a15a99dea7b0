// Trainings, data and decodings.
data small digits { field x: [] = 1 }  //! syntax: expected `=`, found `digits`

data large = csv("x" {  //! syntax: expected `,` or `)`, found `{`
  field x: [ = 3  //! syntax: expected a dimension or `]`, found `=`
  field y = 3  //! syntax: expected `:`, found `=`  //? a shape follows the name: `field y: [n] = …`
  field z:
  split = holdout(  //! syntax: expected an argument or `)`, found `}`  //? this `(` is still open
}

train Net digits {  //! syntax: expected `on`, found `digits`
  epochs = 3
}

train Net on digits  //! syntax: expected `{`, found `epochs`
  epochs = 3

train Net on digits {
  phase { epochs = 3 }  //! syntax: expected a name, found `{`
  phase head epochs = 3  //! syntax: expected `{`, found `epochs`
  phase all { epochs = }  //! syntax: expected an expression, found `}`
  epochs = 3, batch = 3  //! syntax: expected an operator or a new setting, found `,`  //? leave it out: no separator is needed
}

decode write Net {  //! syntax: expected `=`, found `Net`
  grows = x
}
