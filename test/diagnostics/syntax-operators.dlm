// Operators that do not fit together.
let a = 0 < x < 1  //! chained-comparison: comparisons do not chain  //? join two comparisons with `and`
let b = x == not y  //! needs-parentheses: `not` needs parentheses here  //? `not` binds more loosely than the operator before it: write `(not …)`
let c = x + not y  //! needs-parentheses: `not` needs parentheses here  //? `not` binds more loosely than the operator before it: write `(not …)`
let d = 3 +  //! syntax: expected an expression, found `let`
let e = * 3  //! syntax: expected an expression, found `*`
let f = 2x + 0x1F  //! syntax: expected an operator or a new declaration, found `x`  //? a product needs `*`  //? `2 * x`
let g = .5 + 1.  //! syntax: expected an expression, found `.`  //? write a `0` before the point
let h = a | b  //! syntax: expected an operator or a new declaration, found `|`  //? `|>` hands a value on, `or` joins conditions
let i = x -> x + 1  //! syntax: expected an operator or a new declaration, found `->`  //? a lambda is written `x => …`  //? `=>`
let j = map(xs, x -> x + 1)  //! syntax: expected `,` or `)`, found `->`  //? a lambda is written `x => …`  //? `=>`
let k = x |> y => y + 1  //! bad-pattern: before `=>` stands a name or a tuple of names  //? put the lambda in parentheses: `a |> (x => …)`
let l = (a, b + 1) => a  //! bad-pattern: before `=>` stands a name or a tuple of names  //? write `x => …` or `(x, y) => …`
let m = 1 2  //! syntax: expected an operator or a new declaration, found `2`
