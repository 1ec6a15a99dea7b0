// The strings of einsum and rearrange are checked inside the string.
model A(x: [n, 4]) -> (y: [n, 2, 2]) = x |> rearrange("n (a b) -> n a b")  //! bad-notation: neither `a` nor `b` has a size here  //? give one by name: `rearrange("…", b = 2)`
model B(x: [n, 4]) -> (y: [n, 2, 2]) = x |> rearrange("n (a b) -> n a b", a = 3)  //! uneven-division: 4 / 3 does not come out even  //? for the group `(a b)`  //? used in this call
model C(x: [n, 4]) -> (y: [4, n]) = x |> rearrange("n d -> d m")  //! bad-notation: `n` does not stand in the result
model D(x: [n, 4]) -> (y: [4]) = x |> rearrange("n d -> d")  //! bad-notation: `n` does not stand in the result
model E(x: [n, 4]) -> (y: [4, n]) = x |> rearrange("n d, d n")  //! bad-notation: this notation needs `->` between what comes in and what goes out
model F(x: [n, 4]) -> (y: [4, n]) = x |> rearrange("n (d -> d n")  //! bad-notation: this `(` is not closed
model G(x: [n, 4]) -> (y: [4, n]) = x |> rearrange("n c d -> d c n")  //! rank-mismatch: an operand of `rearrange`: expected 3 axes, found [n, 4]
model H(x: [n, 4], z: [4, n]) -> (y: [n, n]) = einsum("i k, j k -> i j")(x, z)  //! shape-unknown: the axis `k`: 4 and n are not known to be equal  //? used in this call
model I(x: [n, 4]) -> (y: [n, n]) = einsum("i k, j k -> i j")(x)  //! bad-notation: this notation names 2 operands, but 1 are given
model J(x: [n, 4]) -> (y: [n]) = einsum("i k -> j")(x)  //! bad-notation: `j` stands in no operand
model K(x: [n, 4]) -> (y: [n]) = einsum("i+k -> i")(x)  //! bad-notation: `+` has no meaning in this notation
model L(x: [n, 4]) -> (y: [4, n]) {
  let d = 5  //! unused-name: the `let` `d` is never used
  return x |> rearrange("n d -> d n")  //! shape-mismatch: the axis `d`: 5 and 4 do not fit  //? used in this call
}
