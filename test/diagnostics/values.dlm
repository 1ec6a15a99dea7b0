// Values: conditions, divisions, indices, kinds.
model A(x: [n, 512]) -> (y: [n, 73]) = x |> dense(512 / 7)  //! uneven-division: 512 / 7 does not come out even  //? `div(512, 7)` rounds down; `512 / 7.0` gives a float
model B(x: [n, 4]) -> (y: [n, 4]) = if x > 0 then x else -x  //! not-known: this condition is not known while compiling  //? `where(condition, a, b)` chooses element by element  //? bool[n, 4], known only when the program runs
model C(x: [n, 4]) -> (y: [n, 4]) = if 1 then x else -x  //! wrong-kind: a condition must be true or false, not the int 1
model D(x: [n, 4]) -> (y: [n, 4]) = x + "one"  //! wrong-kind: the operands of `+` must be a number or a tensor, not the string "one"
model E(x: [n, 4]) -> (y: [n, 4]) = x and x  //! wrong-kind: the operands of `and` must be bool tensors, not tensors of f32
model F(x: [n, 4]) -> (y: [n, 4]) = x * [1, 2, 3, 4][4]  //! index-out-of-range: index 4 does not exist among 4 elements
model G(x: [n, 4]) -> (y: [n]) = x[:, 4]  //! index-out-of-range: index 4 does not exist among 4 of axis 1
model H(x: [n, 4]) -> (y: [n, 4]) = x[0, 0, 0]  //! rank-mismatch: this index: expected at most 2 axes, found [n, 4]
model I(x: [n, 4]) -> (y: [n, 4]) = x[x > 0]  //! dtype-mismatch: a tensor in an index: expected i32, found bool  //? `where(mask, x, 0)` keeps the shape
model J(x: [n, 4]) -> (y: [n, 4]) = not x  //! wrong-kind: what stands after `not` must be true or false, or a bool tensor, not f32[n, 4]
model K(x: [n, 4]) -> (y: [n, 4]) = if n > 3 then x else -x  //! not-known: `n > 3` is not known while compiling
model L(x: [n, 4]) -> (y: [n, 4]) = x[::0]  //! value-out-of-range: the step of a slice is 0, but must be a known number other than 0
model M(x: [n, 4]) -> (y: [n, 4]) = x * range(n)  //! not-known: `n`, a bound of `range`, is not known while compiling
model N(x: [n, 4]) -> (y: [n, 4]) = -relu  //! wrong-kind: what stands after `-` must be a tensor or a number, not the block `relu`
model O(x: [n, 4]) -> (y: [n, 4]) = x * div(4, 0)  //! value-out-of-range: the divisor is 0, but must be another number
model P(x: [n, 4]) -> (y: [n, 4]) = x * (true + 1)  //! wrong-kind: the left side of `+` must be a number or a tensor, not true
model Q(x: [n, 4]) -> (y: [n, 4]) = x * [1, [2, 3]]  //! wrong-kind: the operands of `*` must be a tensor or a number, not a list whose parts differ in length
model R(x: [n, 4]) -> (y: [n, 4]) = x * { a = 1 }.b  //! unknown-member: this record has no `b`  //? there are `a`
model S(x: [n, 6]) -> (y: [n, 3]) = split(4)(x)[0]  //! uneven-division: 6 / 4 does not come out even  //? `split` makes 4 parts of an axis of 6
