// Commas.
let a = f(x y)  //! syntax: expected `,` or `)`, found `y`  //? a `,` stands before the next argument
let b = [1 2]  //! syntax: expected `,` or `]`, found `2`  //? a `,` stands before the next element
let c = { a = 1 b = 2 }  //! syntax: expected `,` or `}`, found `b`  //? a `,` stands before the next entry
let d = f(, x)  //! syntax: expected an argument or `)`, found `,`
let e = f(x,, y)  //! syntax: expected an argument or `)`, found `,`
let f = x[1 2]  //! syntax: expected `,` or `]`, found `2`  //? a `,` stands before the next index
let g = x[]  //! syntax: expected an index, found `]`
let h = (1 2)  //! syntax: expected `,` or `)`, found `2`  //? a `,` stands before the next expression
import { a b } from "./c.dlm"  //! syntax: expected `,` or `}`, found `b`  //? a `,` stands before the next name
import { a } "./c.dlm"  //! syntax: expected `from`, found a string
import { a } from c  //! syntax: expected the path of a file as a string, found `c`
let i = dense(
  units = 3  //! syntax: expected `,` or `)`, found `bias`  //? this `(` is still open
  bias = false
)
let j = 3
