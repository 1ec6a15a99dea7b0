// Layers, parameters and states where they cannot be.
block weighed(x: [n]) -> [] {
  param scale: [] = ones  //! no-layer: there is no layer here that could own the parameter `scale`  //? in `weighed`, which is used here
  return sum(x) * scale
}

let outside = weighed(tensor([1.0, 2.0]))

model A(x: [n, 4]) -> (y: [n, 4]) = if training then x else dense(4)(x)  //! late-layer: `dense_0.weight` is reached in evaluation only, so it would never learn  //? inside `dense` of the standard library

model B(x: [n, 4]) -> (y: [n, 4]) {
  param weight: [4] = dense  //! wrong-kind: the initial value of `weight` must be an initialiser or a tensor, not the block `dense`  //? an initialiser is a block without inputs that has a setting `shape`
  return x * weight
}

model C(x: [n, 4]) -> (y: [n, 4]) {
  param weight: [4] = x  //! not-known: the initial value of `weight` is not known while compiling  //? an initial value is worked out before any data are seen  //? depends on `x`
  return x * weight
}

model D(x: [n, 4]) -> (y: [n, 4]) {
  let layer = dense(4)
  return x * layer.weight  //! not-known: the shape of `weight` before the layer is applied is not known while compiling  //? it depends on an input
}

model E(x: [n, 4]) -> (y: [n, 4]) {
  param weight: [4] = orthogonal  //! rank-mismatch: `orthogonal`: expected at least two axes, found [4]
  return x * weight
}

model F(x: [n, 4]) -> (y: [n, 4]) = x * outside
