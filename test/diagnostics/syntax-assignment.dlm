// A value without `let`.
rate = 0.1  //! syntax: expected a declaration, found `rate`  //? a name is bound with `let`  //? `let rate = …`

block mean_of(x: [n]) -> [] {
  state total: [] = zeros
  total = total + sum(x)  //! syntax: expected a statement, found `total`  //? a name is bound with `let`  //? `let total = …`
  y: [n] = x  //! syntax: expected `=`, found `:`  //? a name with a type is bound with `let y: … = …`, or `param`
  update total := total  //! foreign-syntax: `:=` is not part of the language  //? write `=`  //? `=`
  return total
}
