// A bracket of another kind than the one that was opened.
block first(x: [n]) -> [n] {
  let y = f(x]  //! syntax: expected `,` or `)`, found `]`  //? this `(` is still open
  let z = g[x)  //! syntax: expected `,` or `]`, found `)`  //? this `[` is still open
  let w = h(x}  //! syntax: expected `,` or `)`, found `}`  //? this `(` is still open
  return w
}

block second(x: [n)(y: [n]) -> [n] = x  //! syntax: expected `,` or `]`, found `)`  //? this `[` is still open
