// The end of a body is missing: the next declaration shows it.
block first(x: [n]) -> [n] {
  let y = x + 1
  return y  //! syntax: expected `}`, found `block`  //? this `{` is still open

block second(x: [n]) -> [n] = x

train first on second {
  epochs = 1  //! syntax: expected `}`, found `data`  //? this `{` is still open

data third = digits {
  field label: i32[]  //! syntax: expected `}`, found the end of the file  //? this `{` is still open
