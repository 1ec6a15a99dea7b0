// Calls: how many, which, and what kind of arguments.
model A(x: [n, 4]) -> (y: [n, 2]) = x |> dense  //! missing-argument: `dense` still needs `units`
model B(x: [n, 4]) -> (y: [n, 2]) = x |> dense(2, true, kaiming_uniform, zeros, 3)  //! too-many-arguments: `dense` takes 4 settings, not 5  //? `dense` is declared here
model C(x: [n, 4]) -> (y: [n, 2]) = x |> dense(unit = 2)  //! unknown-argument: `dense` has no setting or input called `unit`  //? `dense` is declared here  //? is `units` meant?  //? `units`
model D(x: [n, 4]) -> (y: [n, 2]) = dense(2)(x, x)  //! too-many-arguments: `dense` takes 1 input, not 2  //? `dense` is declared here
model E(x: [n, 4]) -> (y: [n, 2]) = x |> dense("two")  //! wrong-kind: the setting `units` of `dense` must be an int, not the string "two"
model F(x: [n, 4]) -> (y: [n, 2]) = x |> 3  //! wrong-kind: what stands after `|>` must be a block, not the int 3
model G(x: [n, 4]) -> (y: [n, 2]) = 3(x)  //! wrong-kind: what is called must be a block, not the int 3
model H(x: [n, 4]) -> (y: [n, 2]) = x |> dense(2, units = 3)  //! wrong-kind: the setting `use_bias` of `dense` must be true or false, not the int 2
model I(x: [n, 4]) -> (y: [n, 4]) {
  let layer = dense(4)
  return x |> layer(units = 5)  //! layer-configured: `layer` is a layer, and a layer cannot be configured  //? the layer is born here
}
model J(x: [n, 4]) -> (y: [n, 4]) = cross_entropy(x)  //! missing-argument: `cross_entropy` still needs `label`
model K(x: [n, 4]) -> (y: [n, 4]) = x |> gelu(approximate = "tan")  //! wrong-kind: the setting `approximate` of `gelu` must be "none" or "tanh", not the string "tan"  //? is "tanh" meant?
model L(x: [n, 4]) -> (y: [n, 2]) = x |> dense(2, use_bias = 1)  //! wrong-kind: the setting `use_bias` of `dense` must be true or false, not the int 1
model M(x: [n, 4]) -> (y: [n, 4]) = repeat(2.5, relu)(x)  //! wrong-kind: the setting `times` of `repeat` must be an int, not the float 2.5
model N(x: [n, 4]) -> (y: [n, 4]) = x |> chain([relu, 3])  //! wrong-kind: an element of `chain` must be a block, not the int 3
model O(x: [n, 4]) -> (y: [n, 4]) = x |> map([1, 2], c => x)  //! wrong-kind: what stands after `|>` must be a block, not a list of 2
model P(x: [n, 4]) -> (y: [n, 4]) = sum(x, axis = 2)  //! axis-out-of-range: axis 2 does not exist in a tensor of shape [n, 4]
model Q(x: [n, 4]) -> (y: [n, 4]) = sum(x, axes = 1)  //! unknown-argument: `sum` has no setting or input called `axes`  //? is `axis` meant?  //? `axis`
model R(x: [n, 4]) -> (y: [n, 4]) = dropout(p = x)(x)  //! wrong-kind: the setting `p` of `dropout` must be a number, not f32[n, 4]  //? settings are known while compiling; a tensor is an input
model S(x: [n, 4]) -> (y: [n, 4]) = x |> dense(4, units = 4, units = 5)  //! repeated-argument: `units` is given twice in this call
model U(x: [n, 4]) -> (y: [n, 4]) {
  let (a, b, c) = split(2)(x)  //! tuple-length: 3 names for a value of 2 parts
  return concat([a, b, c], axis = 1)
}
model V(x: [n, 4]) -> (y: [n, 4]) {
  let (a, b) = x  //! wrong-kind: a value for 2 names must be a tuple or list, not f32[n, 4]
  return a + b
}
model W(x: [n, 4]) -> (y: [n, 4]) {
  let layer = dense(4)
  let y = layer(x)
  return y + layer.weigth  //! unknown-member: the layer `layer` has no `weigth`  //? is `weight` meant?  //? `weight`
}
