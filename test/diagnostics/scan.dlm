// Loops over time.
block no_pair(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => h + x_t)(x, zeros([batch, d]))  //! wrong-kind: the result of the step of `scan` must be a tuple of what it gives and what it hands on, not f32[batch, 2]  //? in `no_pair`, which is used here
  return ys
}
block other_shape(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => (h, h[:, none]))(x, zeros([batch, d]))  //! shape-mismatch: the carry of `scan`: [batch, 2] and [batch, 1, 2] do not fit  //? a step must hand on what it was given: the same shape as `init`  //? in `other_shape`, which is used here
  return ys
}
block other_type(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => (h, h + 0.5 * x_t))(x, zeros([batch, d], dtype = i32))  //! dtype-mismatch: what the step of `scan` hands on: expected i32, as `init`, found f32  //? in `other_type`, which is used here
  return ys
}
block more_carries(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => (h, (h, h)))(x, zeros([batch, d]))  //! wrong-kind: what the step of `scan` hands on must be one tensor, as `init`, not a tuple of 2  //? in `more_carries`, which is used here
  return ys
}
block other_length(x: [batch, time, d], y: [batch, 3, d]) {
  let (ys, last) = scan(((a, b), h) => (a + b, h))((x, y), zeros([batch, d]))  //! shape-mismatch: the number of steps of `scan`: 5 and 3 do not fit  //? in `other_length`, which is used here
  return ys
}
block no_step(x: [batch, time, d]) {
  let (ys, last) = scan(3.5)(x, zeros([batch, d]))  //! wrong-kind: the setting `step` of `scan` must be a block or lambda of a row and a carry, not the float 3.5  //? in `no_step`, which is used here
  return ys
}
block no_axis(x: [batch, time]) {
  let (ys, last) = scan((x_t, h) => (x_t, h), axis = 4)(x, zeros([batch]))  //! axis-out-of-range: axis 4 does not exist in a tensor of shape [batch, 5]  //? in `no_axis`, which is used here
  return ys
}
model NoPair(x: [batch, 5, 2]) -> (y: [...]) = no_pair(x)
model OtherShape(x: [batch, 5, 2]) -> (y: [...]) = other_shape(x)
model OtherType(x: [batch, 5, 2]) -> (y: [...]) = other_type(x)
model MoreCarries(x: [batch, 5, 2]) -> (y: [...]) = more_carries(x)
model OtherLength(x: [batch, 5, 2]) -> (y: [...]) = other_length(x, x[:, :3] |> pad([(0, 0), (0, 0)]))
model NoStep(x: [batch, 5, 2]) -> (y: [...]) = no_step(x)
model NoAxis(x: [batch, 5]) -> (y: [...]) = no_axis(x)
