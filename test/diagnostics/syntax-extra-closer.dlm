// Brackets that close nothing.
block first(x: [n]) -> [n] {
  let y = (x + 1))  //! bracket-mismatch: this `)` closes nothing
  let z = y]  //! bracket-mismatch: this `]` closes nothing
  return z
}
}  //! bracket-mismatch: this `}` closes nothing

block second(x: [n]) -> [n] = x
