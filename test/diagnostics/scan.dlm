// Loops over time.
block no_pair(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => h + x_t)(x, zeros([batch, d]))  //! wrong-kind: the result of the step of `scan` must be a tuple of what it gives and what it hands on, not
  return ys
}
block other_shape(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => (h, h[:, none]))(x, zeros([batch, d]))  //! shape-mismatch: the carry of `scan`  //? a step must hand on what it was given: the same shape as `init`
  return ys
}
block other_type(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => (h, h + 0.5 * x_t))(x, zeros([batch, d], dtype = i32))  //! dtype-mismatch: what the step of `scan` hands on
  return ys
}
block more_carries(x: [batch, time, d]) {
  let (ys, last) = scan((x_t, h) => (h, (h, h)))(x, zeros([batch, d]))  //! wrong-kind: what the step of `scan` hands on must be one tensor, as `init`, not
  return ys
}
block other_length(x: [batch, time, d], y: [batch, 3, d]) {
  let (ys, last) = scan(((a, b), h) => (a + b, h))((x, y), zeros([batch, d]))  //! shape-mismatch: the number of steps of `scan`
  return ys
}
block no_step(x: [batch, time, d]) {
  let (ys, last) = scan(3.5)(x, zeros([batch, d]))  //! wrong-kind: the setting `step` of `scan` must be a block or lambda of a row and a carry, not
  return ys
}
block no_axis(x: [batch, time]) {
  let (ys, last) = scan((x_t, h) => (x_t, h), axis = 4)(x, zeros([batch]))  //! axis-out-of-range
  return ys
}
model NoPair(x: [batch, 5, 2]) -> (y: [...]) = no_pair(x)
model OtherShape(x: [batch, 5, 2]) -> (y: [...]) = other_shape(x)
model OtherType(x: [batch, 5, 2]) -> (y: [...]) = other_type(x)
model MoreCarries(x: [batch, 5, 2]) -> (y: [...]) = more_carries(x)
model OtherLength(x: [batch, 5, 2]) -> (y: [...]) = other_length(x, x[:, :3] |> pad([(0, 0), (0, 0)]))
model NoStep(x: [batch, 5, 2]) -> (y: [...]) = no_step(x)
model NoAxis(x: [batch, 5]) -> (y: [...]) = no_axis(x)
