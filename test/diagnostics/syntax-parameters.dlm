// Mistakes in the head of a block leave its body to be read.
block first(x: [n] y: [n]) -> [n] {  //! syntax: expected `,` or `)`, found `y`  //? a `,` stands before the next parameter
  let z = x +  //! syntax: expected an expression, found `return`
  return z
}

block second(x: [n] -> [n] {  //! syntax: expected `,` or `)`, found `->`
  return x +  //! syntax: expected an expression, found `}`
}

block third(a: int)(x: [n])(y: [n]) -> [n] = x  //! too-many-lists: a block has at most two parameter lists  //? settings stand in the first list, inputs in the second

block fourth(x: [n]) => [n] = x  //! syntax: expected a parameter list, `->`, `=` or `{`, found `=>`  //? the type of the result follows `->`  //? `->`

block fifth(x: [n]) -> {  //! syntax: expected a type, found `{`
  return *  //! syntax: expected an expression, found `*`
}

block sixth(x: (3, 4), y: [n == 3]) = x  //! syntax: expected a type, found `3`  //? a shape stands in brackets: `[3, 4]`

block seventh(: [n]) = x  //! syntax: expected a parameter or `)`, found `:`

block (x: [n]) = x  //! syntax: expected a name, found `(`

block eighth(x: [n]) -> [n]  //! syntax: expected `=` or `{`, found the end of the file
