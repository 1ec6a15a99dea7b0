// Shapes that differ, with the equation that failed and the chain of blocks.
block scores(q: [b, i, d], k: [b, j, d]) -> [b, i, j] = einsum("b i d, b j d -> b i j")(q, k)
block inner(x: [n, 8]) -> [n, 8] = x
block outer(x: [n, d]) -> [n, d] = x |> dense(6) |> inner  //! shape-mismatch: the input `x` of `inner`: [n, 8] and [n, 6] do not fit  //? axis 1: 8 = 6 does not hold  //? the shape is declared here  //? in `outer`, which is used here

model A(x: [n, 4], y: [n, 5]) -> (z: [n, 4]) = x + y  //! shape-mismatch: the operands of `+`: [n, 4] and [n, 5] do not fit  //? axis -1: 4 = 5 does not hold
model B(x: [n, 4], y: [m, 4]) -> (z: [n, 4]) = x + y  //! shape-unknown: the operands of `+`: [n, 4] and [m, 4] are not known to be equal  //? axis -2: n = m is not known to hold  //? a `let` with a shape for its type assumes it: `let y: [batch, d] = x`
model C(x: [n, 4]) -> (z: [n, 3]) = x |> dense(2)  //! shape-mismatch: the result `z`: [n, 3] and [n, 2] do not fit  //? axis 1: 3 = 2 does not hold  //? the shape is declared here
model D(x: [n, 4]) -> (z: [n, 8]) = outer(x)
model E(q: [b, i, 4], k: [b, j, 5]) -> (z: [b, i, j]) = scores(q, k)  //! shape-mismatch: the input `k` of `scores`: [b, j, d] and [b, j, 5] do not fit  //? axis 2: d = 4 = 5 does not hold  //? the shape is declared here  //? `k` comes from here
model F(x: [n, 4]) -> (z: [n, 4]) = conv(3, 3)(x)  //! rank-mismatch: the weight of `convolve`: expected [out, in, …kernel], found [3, 4]  //? inside `conv` of the standard library
model G(x: [n, 3, 8, 8]) -> (z: [n, 4, 6, 6]) = x |> conv(4, 3, groups = 2)  //! uneven-division: 3 / 2 does not come out even  //? inside `conv` of the standard library  //? `div(3, 2)` rounds down; `3 / 2.0` gives a float
model H(x: [n, 4], y: [n, 5]) -> (z: [n, 4]) = x @ y  //! shape-mismatch: @: [n, 4] and [n, 5] do not fit  //? 4 = n is not known to hold  //? a `let` with a shape pattern assumes it; the assumption is checked when the sizes are known
model I(x: [n, 4]) -> (z: [n, 2, 3]) = x |> reshape([n, 2, 3])  //! shape-mismatch: reshape: [n, 4] and [n, 2, 3] do not fit  //? 4*n = 6*n is not known to hold
model J(x: [n, 4]) -> (z: [n, 3, _]) = x |> reshape([n, 3, _])  //! shape-mismatch: reshape: [n, 4] and [n, 3, _] do not fit  //? 4*n / 3*n does not come out even
model K(x: [n, 4], y: [n, 5]) -> (z: [2 * n, 4]) = concat([x, y])  //! shape-mismatch: concat: [n, 4] and [n, 5] do not fit  //? axis 1: 4 = 5 does not hold
model L(x: [n, 4]) -> (z: [n, 4]) {
  param weight: [4, 5] = ones([4, 4])  //! shape-mismatch: the initial value of `weight`: [4, 5] and [4, 4] do not fit
  return x @ weight
}
model M(x: [n, 4]) -> (z: [n, 4]) {
  state total: [4] = zeros
  update total = total + sum(x, axis = 1, keep = true)  //! shape-mismatch: the new value of `total`: [4] and [n, 4] do not fit  //? the state is declared here
  return x
}
model N(x: [n, 4]) -> (z: [n, 4]) {
  let layer = dense(4)
  return layer(x) + layer(x |> dense(5))  //! shape-mismatch: the parameter `weight` of a layer that is used more than once: [4, 4] and [4, 5] do not fit  //? inside `dense` of the standard library  //? a recipe that is applied in two places makes two layers; a `let` makes one
}
model O(x: [n, 4]) -> (z: [n, 4]) {
  let y: [n, 5] = x  //! shape-mismatch: this value: [n, 5] and [n, 4] do not fit  //? axis 1: 5 = 4 does not hold  //? the shape is declared here
  return y
}
model P(x: [n, 4]) -> (z: [n, 4]) {
  param weight: [d] = zeros  //! unknown-name: nothing is called `d` here  //? declare it in this file, or import it: `import { d } from "./other.dlm"`
  return x * weight
}
model Q(x: [n, 4], label: i32[n]) -> (z: [n, 4]) = x[:, label / 2]  //! dtype-mismatch: a tensor in an index: expected i32, found f32
model R(x: [n, 4], label: [n]) -> (z: []) = cross_entropy(x, label)  //! dtype-mismatch: the input `label` of `cross_entropy`: expected i32, found f32  //? declared here  //? `i32(…)` converts
block area(x: [2 * a * b]) -> [a, b] = x |> reshape([a, b])  //! dimension-unsolved: `2 * a * b` does not say what its names are  //? in `area`, which is used here
model S(x: [n]) -> (z: [n]) = area(x)
block even(x: [2 * d]) -> [d] = x[:d]
model U(x: [5]) -> (z: [2]) = even(x)  //! shape-mismatch: the input `x` of `even`: [2 * d] and [5] do not fit  //? axis 0: 2 * d = 5 has no whole solution  //? the shape is declared here  //? `x` comes from here
model T(x: [n, 1, 2, 2]) -> (z: [n, 1, 1, 1]) = x |> max_pool(3)  //! value-out-of-range: the window is 3, but must be at most 2, the padded size of the axis  //? inside `max_pool` of the standard library
