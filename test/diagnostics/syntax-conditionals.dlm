// The statement has braces, the value has `then` and `else`.
block choose(a: bool, n: int)(x: [m]) -> [m] {
  if a then return x  //! syntax: expected `{`, found `then`  //? a statement has braces: `if c { … }`; a value needs `let` or `return` before it
  let y = if a { x } else { -x }  //! syntax: expected `then`, found `{`  //? a value is chosen with `if c then a else b`; braces belong to the statement
  let z = if a then x  //! syntax: expected `else`, found `let`  //? a value needs both branches: `if c then a else b`
  let w = x + if a then 1 else 2  //! needs-parentheses: `if … then … else …` needs parentheses here  //? write `(if … then … else …)`
  if n = 3 { return x }  //! syntax: expected `{`, found `=`  //? `=` gives a value, `==` compares  //? `==`
  if n == 3 return x  //! syntax: expected `{`, found `return`  //? a branch stands in braces: `if c { return x }`
  return  //! syntax: expected an expression, found `}`  //? a body always gives a value: `return x`
}
