// Operators and separators of other languages: each is corrected, so that what follows is checked as well.
block habits(a: bool, b: bool)(x: [n]) -> [n] {
  if a && !b || a { return x; }  //! foreign-syntax: `&&` is not part of the language  //? write `and`  //? `and`  //! foreign-syntax: `!` is not part of the language  //? write `not`  //? `not`  //! foreign-syntax: `||` is not part of the language  //? write `or`  //? `or`  //! foreign-syntax: `;` is not part of the language  //? leave it out: statements need no separator
  let y = x ^ 2;  //! foreign-syntax: `^` is not part of the language  //? a power is written `**`  //? `**`  //! foreign-syntax: `;` is not part of the language  //? leave it out: statements need no separator
  let z = if a === b then y else x  //! foreign-syntax: `===` is not part of the language  //? write `==`  //? `==`
  let w := z  //! foreign-syntax: `:=` is not part of the language  //? write `=`  //? `=`
  /* a comment */  //! foreign-syntax: `/* a comment */` is not part of the language  //? a comment starts with `//` and ends with the line
  const v = w  //! foreign-syntax: `const` is not part of the language  //? a name is bound with `let name = …`
  let u = a ? x : y  //! syntax: expected an operator or a new statement, found `?`  //? a choice is written `if c then a else b`
  let t = 'abc'  //! foreign-syntax: `'abc'` is not part of the language  //? a string stands in double quotes
  let s = x ≤ y  //! foreign-syntax: `≤` is not part of the language  //? write `<=`  //? `<=`
  y++  //! foreign-syntax: `++` is not part of the language  //? no name changes its value: bind the new one with `let`, a state with `update`
  while a { return x }  //! foreign-syntax: `while` is not part of the language  //? there are no loops: `repeat` stacks blocks, `map` runs over a list, `scan` over time
  return u
}
