// Nothing between a name and its value.
let hidden 256  //! syntax: expected `=`, found `256`

let  //! syntax: expected a name or a tuple of names, found `let`
let depth = 3

block scale(x: [n]) -> [n] {
  param weight: [n] ones  //! syntax: expected `=`, found `ones`
  param bias = zeros  //! syntax: expected `:`, found `=`  //? a shape follows the name: `param bias: [n] = …`
  state seen [n] = zeros  //! syntax: expected `:`, found `[`  //? a shape follows the name: `state seen: [n] = …`
  update seen seen + 1  //! syntax: expected `=`, found `seen`
  return x * weight
}

block double(x: [n]) -> [n] return 2 * x  //! syntax: expected `=` or `{`, found `return`

train scale on digits {
  epochs 3  //! syntax: expected `=`, found `3`
  batch == 32  //! syntax: expected `=`, found `==`  //? `=` gives a value, `==` compares  //? `=`
}
