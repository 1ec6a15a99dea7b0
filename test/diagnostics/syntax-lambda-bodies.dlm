// Mistakes inside the body of a lambda do not reach the statements around it.
block walk(x: [n]) -> [n] {
  let f = (a, b) => { let c = a +  let d = b  return (c, d }  //! syntax: expected an expression, found `let`  //! syntax: expected `,` or `)`, found `}`  //? this `(` is still open
  let g = (a, b) => {
    let c = g(a  //! syntax: expected `,` or `)`, found `a`  //? this `(` is still open
    a + b  //! bare-expression: an expression alone is no statement  //? a result needs `return`, or a name with `let`
    return c
  }
  let h = a => { x = a  return a }  //! syntax: expected `,` or `}`, found `return`  //? in a body a name is bound with `let`: `{ let y = x  return y }`
  let i = a => { f(a) }  //! syntax: expected a body or an expression, found `{`  //? braces hold statements, of which the last is `return`, or a record `{ name = value }`
  return f(x) g(x)  //! syntax: expected an operator or a new statement, found `g`
}
