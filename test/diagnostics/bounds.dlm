// A file from elsewhere ends promptly.
model A(x: [n, 4]) -> (y: [n, 4]) = x |> repeat(10 ** 9, dense(4))  //! too-large: the number of repetitions, 1000000000, is more than the limit of 100000
model B(x: [n, 4]) -> (y: [n, 4]) = x + len(range(10 ** 12))  //! too-large: the length of this range, 1000000000000, is more than the limit of 100000
model C(x: [n, 4]) -> (y: [n, 1000000]) = x |> dense(1000000) |> dense(1000000)  //! too-large: the size of `dense_1.weight`, 1000000000000 elements, is more than the limit of 2^31  //? inside `dense` of the standard library
model D(x: [n, 4]) -> (y: [n, 4]) {
  let f = g => g(g)  //! too-large: the depth of blocks and expressions is more than the limit of 400
  return f(f)
}
model E(x: [n, 4]) -> (y: [n, 4]) = x * (2 ** 60)  //! too-large: this int is more than the limit of 2^53
model F(x: [n, 4]) -> (y: [n, 4]) = x + 1000000000000 * 1000000000000  //! too-large: this int is more than the limit of 2^53
model G(x: [n, 4]) -> (y: [n, 4]) {
  let a = range(1000)
  let b = map(a, _ => map(a, _ => map(a, _ => map(a, _ => 1))))  //! too-large: the work of elaboration is more than the limit of 400000 steps
  return x + len(b)
}
model H(x: [a, b, c, d]) -> (y: [a, b, c, d]) = x + size(x[:, none] + (a + b + c + d + 1) ** 8)  //! too-large: the number of terms of this dimension is more than the limit of 64
