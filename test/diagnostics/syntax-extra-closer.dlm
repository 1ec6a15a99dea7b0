// Brackets that close nothing.
block first(x: [n]) -> [n] {
  let y = (x + 1))  //! bracket-mismatch: this `)` closes nothing
  let z = y]  //! bracket-mismatch: this `]` closes nothing
  return z
}

block third(x: [n]) -> [n] {
  return x
}
}  //! bracket-mismatch: this `}` closes nothing

block second(x: [n]) -> [n] = x
