// Items that stand where others belong.
param weight: [n] = zeros  //! syntax: expected a declaration, found `param`  //? `param` stands in the body of a block
return 3
field x: [] = 1  //! syntax: expected a declaration, found `field`  //? `field` stands in the braces of `data`

block scale(x: [n]) -> [n] {
  field x: [] = 1  //! syntax: expected a statement, found `field`  //? `field` stands in the braces of `data`
  import { a } from "./b.dlm"  //! syntax: expected a statement, found `import`  //? `import` stands outside of all braces
  block inner(y: [n]) -> [n] = y  //! syntax: expected a statement, found `block`  //? a block is declared outside of all braces
  else { return x }
  return x
}

train scale on digits {
  param weight: [n] = zeros  //! syntax: expected a setting, a `let` or a `phase`, found `param`  //? `param` stands in the body of a block
  field x: [] = 1  //! syntax: expected a setting, a `let` or a `phase`, found `field`  //? `field` stands in the braces of `data`
  phase head { let a = 3  epochs = 1 }  //! syntax: expected a setting, found `let`  //? `let` stands outside of a phase, in the braces of `train`
  return 3  //! syntax: expected a setting, a `let` or a `phase`, found `return`  //? `return` stands in the body of a block
  epochs = 1
}

if true { let a = 3 }  //! syntax: expected a declaration, found `if`  //? a statement `if` stands in the body of a block; a value is `if c then a else b`
