// Declarations that can be judged by themselves.
block mixed(units: int, x: [n, d]) -> [n, d] = units * x  //! mixed-parameters: `mixed` mixes the setting `units` with the input `x` in one list

block turned(x: [n])(units: int) = x  //! parameter-lists: `turned` has an input in its first list

block two_settings(units: int)(scale: float) = units  //! parameter-lists: `two_settings` has a setting in its second list

block nothing_returned(x: [n]) -> [n] {
  let _y = x
}  //! missing-return: not every path through `nothing_returned` ends in `return`  //? after this

block half_returned(flag: bool)(x: [n]) -> [n] {
  if flag { return x }
}  //! missing-return: not every path through `half_returned` ends in `return`  //? after this

block reached(x: [n]) -> [n] {
  return x
  return -x  //! unreachable: nothing after `return` is ever reached
}

block no_state(x: [n]) -> [] {
  let total = sum(x)
  update total = total + 1  //! not-a-state: `update` needs a state, but `total` is a `let`  //? declare it: `state total: [] = zeros`
  return total
}

block what(kind: integer) = kind  //! unknown-type: there is no type `integer`

block ping(x: [n]) -> [n] = pong(x)  //! recursion: this reaches itself: ping → pong → ping
block pong(x: [n]) -> [n] = ping(x)

block alone(x: [n]) -> [n] = alone(x)  //! recursion: this reaches itself: alone → alone

let left = right  //! recursion: this reaches itself: left → right → left
let right = left

block shapeless(x: [n]) -> [n] {
  param weight: float = zeros  //! bad-type: the parameter `weight` needs a shape for its type
  return x * weight
}

block local(x: [n]) -> [n] {
  let f = (y => { let _z = y })  //! missing-return: not every path through this lambda ends in `return`  //? after this
  return f(x)
}
