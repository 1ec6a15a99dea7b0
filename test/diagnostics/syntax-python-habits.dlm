# a comment of another language
//!^ foreign-syntax: `# a comment of anoth…` is not part of the language  //? a comment starts with `//`
from "./blocks.dlm" import dense  //! foreign-syntax: `from` is not part of the language  //? names of another file come with `import { name } from "./file.dlm"`

def scale(x):  //! foreign-syntax: `def` is not part of the language  //? a block is declared with `block name(settings)(inputs) { … }`, a network with `model`
  return x

class Net(Module):  //! foreign-syntax: `class` is not part of the language  //? a block is declared with `block name(settings)(inputs) { … }`, a network with `model`
  pass

block habits(training_now: bool)(x: [n]) -> [n] {
  for i in range(3) {  //! foreign-syntax: `for` is not part of the language  //? there are no loops: `repeat` stacks blocks, `map` runs over a list, `scan` over time
    x = x + 1
  }
  let a = x if training_now else -x  //! syntax: expected `{`, found `else`  //? a choice is written `if c then a else b`
  let b = lambda x: x + 1  //! syntax: expected an operator or a new statement, found `x`  //? a function is written `x => …`
  let c = [y * 2 for y in x]  //! syntax: expected `,` or `]`, found `for`  //? a list is made with `map(list, x => …)`
  let d = a is none  //! syntax: expected an operator or a new statement, found `is`  //? write `==`
  elif training_now { return x }  //! foreign-syntax: `elif` is not part of the language  //? write `else if`
  let e = f(*a)  //! syntax: expected an argument or `)`, found `*`  //? lists are spread in lists only: `[...xs, x]`
  let g = 'single'  //! foreign-syntax: `'single'` is not part of the language  //? a string stands in double quotes
  x += 1  //! foreign-syntax: `+=` is not part of the language  //? no name changes its value: bind the new one with `let`, a state with `update`
  return a
}
