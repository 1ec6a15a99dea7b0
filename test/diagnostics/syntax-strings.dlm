// Strings and characters.
let a = "abc
//!^ unterminated-string: this string is not closed  //? write `"` where it ends
let b = "tab \t, quote \", wrong \q and \u{110000} \u12"  //! bad-escape: `\q` is no escape in a string  //? a backslash itself is written `\\`  //! bad-escape: `\u{110000}` is no escape in a string  //? a character by its number is written `\u{1F600}`  //! bad-escape: `\u` is no escape in a string  //? a character by its number is written `\u{1F600}`
let c = “curly”  //! foreign-syntax: `“curly”` is not part of the language  //? a string stands in straight double quotes
let d = $x  //! unexpected-character: unexpected character "$"
let e = x @@ y `z`  //! syntax: expected an expression, found `@`  //! unexpected-character: unexpected character "`"  //? a string stands in double quotes  //! unexpected-character: unexpected character "`"  //? a string stands in double quotes
let f = 123456789012345678901234567890  //! number-out-of-range: the number 123456789012345678901234567890 is too large to be exact
let g = 1e999  //! number-out-of-range: the number 1e999 is too large to be exact
let h = einsum("b i, b j)(q)
//!^ unterminated-string: this string is not closed  //? write `"` where it ends
let i = f("a" "b")  //! syntax: expected `,` or `)`, found a string  //? a `,` stands before the next argument
