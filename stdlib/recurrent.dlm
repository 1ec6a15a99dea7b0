// Recurrent layers. Gate orders, layouts and start values of parameters are PyTorch's; what PyTorch calls
// `lstm.weight_ih_l1` and `lstm.weight_ih_l1_reverse` is `lstm.forward.1.weight_ih` and `lstm.backward.1.weight_ih` here.

/// One step of a plain recurrent layer: h′ = tanh(W_ih x + b_ih + W_hh h + b_hh), or `relu` in the place of tanh.
/// `weight_ih` [hidden, d], `weight_hh` [hidden, hidden], `bias_ih`, `bias_hh` [hidden]. PyTorch: RNNCell. Elman, 1990.
block rnn_cell(hidden: int, nonlinearity: "tanh" | "relu" = "tanh", use_bias: bool = true)
  (x: [batch, d], h: [batch, hidden]) -> [batch, hidden] {
  let act = if nonlinearity == "tanh" then tanh else relu
  param weight_ih: [hidden, d] = uniform_by_fan(hidden)
  param weight_hh: [hidden, hidden] = uniform_by_fan(hidden)
  if not use_bias { return act(x @ transpose(weight_ih) + h @ transpose(weight_hh)) }
  param bias_ih: [hidden] = uniform_by_fan(hidden)
  param bias_hh: [hidden] = uniform_by_fan(hidden)
  return act((x @ transpose(weight_ih) + bias_ih) + (h @ transpose(weight_hh) + bias_hh))
}

/// One step of a gated recurrent unit: `gru_gates` of W_ih x + b_ih and W_hh h + b_hh, each for the gates r, z, n in this
/// order. `weight_ih` [3 · hidden, d], `weight_hh` [3 · hidden, hidden], `bias_ih`, `bias_hh` [3 · hidden].
/// PyTorch: GRUCell. Cho et al., 2014.
block gru_cell(hidden: int, use_bias: bool = true)(x: [batch, d], h: [batch, hidden]) -> [batch, hidden] {
  param weight_ih: [3 * hidden, d] = uniform_by_fan(hidden)
  param weight_hh: [3 * hidden, hidden] = uniform_by_fan(hidden)
  if not use_bias { return gru_gates(x @ transpose(weight_ih), h @ transpose(weight_hh), h) }
  param bias_ih: [3 * hidden] = uniform_by_fan(hidden)
  param bias_hh: [3 * hidden] = uniform_by_fan(hidden)
  return gru_gates(x @ transpose(weight_ih) + bias_ih, h @ transpose(weight_hh) + bias_hh, h)
}

/// r, z = sigmoid(row + carried), n = tanh(row + r · carried), h′ = (1 − z) · n + z · h, with the thirds r, z, n of
/// `row` and `carried` [batch, 3 · hidden].
block gru_gates(row: [batch, 3 * hidden], carried: [batch, 3 * hidden], h: [batch, hidden]) -> [batch, hidden] {
  let (rx, zx, nx) = row |> split(3)
  let (rh, zh, nh) = carried |> split(3)
  let z = sigmoid(zx + zh)
  let n = tanh(nx + sigmoid(rx + rh) * nh)
  return n + z * (h - n)
}

/// One step of long short-term memory: `lstm_gates` of W_ih x + b_ih + W_hh h + b_hh for the gates i, f, g, o in this order.
/// `weight_ih` [4 · hidden, d], `weight_hh` [4 · hidden, hidden], `bias_ih`, `bias_hh` [4 · hidden]; takes and gives the
/// states (h, c), each [batch, hidden]. PyTorch: LSTMCell. Hochreiter and Schmidhuber, 1997; Gers et al., 2000.
block lstm_cell(hidden: int, use_bias: bool = true)
  (x: [batch, d], state: ([batch, hidden], [batch, hidden])) -> ([batch, hidden], [batch, hidden]) {
  let (h, c) = state
  param weight_ih: [4 * hidden, d] = uniform_by_fan(hidden)
  param weight_hh: [4 * hidden, hidden] = uniform_by_fan(hidden)
  if not use_bias { return lstm_gates(x @ transpose(weight_ih) + h @ transpose(weight_hh), c) }
  param bias_ih: [4 * hidden] = uniform_by_fan(hidden)
  param bias_hh: [4 * hidden] = uniform_by_fan(hidden)
  return lstm_gates((x @ transpose(weight_ih) + bias_ih) + (h @ transpose(weight_hh) + bias_hh), c)
}

/// c′ = sigmoid(f) · c + sigmoid(i) · tanh(g), h′ = sigmoid(o) · tanh(c′), with the quarters i, f, g, o of `gates`
/// [batch, 4 · hidden].
block lstm_gates(gates: [batch, 4 * hidden], c: [batch, hidden]) -> (h: [batch, hidden], c: [batch, hidden]) {
  let (i, f, g, o) = gates |> split(4)
  let next = sigmoid(f) * c + sigmoid(i) * tanh(g)
  return (sigmoid(o) * tanh(next), next)
}

/// A plain recurrent network over x [batch, time, d], `layers` deep: [batch, time, hidden]. With `bidirectional` each layer
/// also runs backwards over time, and outputs are [batch, time, 2 · hidden], forward before backward. `drop` is the dropout
/// between layers while training. `h` are the states to start from, [layers · directions, batch, hidden], layer 0 forward,
/// layer 0 backward, layer 1 forward and so on; zeros where it is not given. Where `mask` [batch, time] is false a step hands
/// its state on and gives 0, so that the last state is that after the last real step, and the backward direction starts
/// there. With `final` the result is (outputs, last states), these in the order of `h`. PyTorch: RNN(batch_first = True).
block rnn(
  hidden: int,
  layers: int = 1,
  bidirectional: bool = false,
  nonlinearity: "tanh" | "relu" = "tanh",
  drop: float = 0,
  use_bias: bool = true,
  final: bool = false,
)(x: [batch, time, d], h: [_, batch, hidden]?, mask: bool[batch, time]?) {
  let count = if bidirectional then 2 * layers else layers
  let start: [count, batch, hidden] = if h == none then zeros([count, batch, hidden]) else h
  let forward = map(range(layers), _ => rnn_cell(hidden, nonlinearity, use_bias))
  let backward = map(range(count - layers), _ => rnn_cell(hidden, nonlinearity, use_bias))
  let (y, last) = over_layers(map(forward, one_state), map(backward, one_state), drop)(x, (start,), mask)
  return if final then (y, last[0]) else y
}

/// A network of gated recurrent units; settings, inputs and results as in `rnn`. PyTorch: GRU(batch_first = True).
block gru(hidden: int, layers: int = 1, bidirectional: bool = false, drop: float = 0, use_bias: bool = true, final: bool = false)
  (x: [batch, time, d], h: [_, batch, hidden]?, mask: bool[batch, time]?) {
  let count = if bidirectional then 2 * layers else layers
  let start: [count, batch, hidden] = if h == none then zeros([count, batch, hidden]) else h
  let forward = map(range(layers), _ => gru_cell(hidden, use_bias))
  let backward = map(range(count - layers), _ => gru_cell(hidden, use_bias))
  let (y, last) = over_layers(map(forward, one_state), map(backward, one_state), drop)(x, (start,), mask)
  return if final then (y, last[0]) else y
}

/// A network of long short-term memory; settings and inputs as in `rnn`, but that there are two states to start from, `h`
/// and `c`; with `final` the result is (outputs, (last h, last c)). PyTorch: LSTM(batch_first = True).
block lstm(hidden: int, layers: int = 1, bidirectional: bool = false, drop: float = 0, use_bias: bool = true, final: bool = false)
  (x: [batch, time, d], h: [_, batch, hidden]?, c: [_, batch, hidden]?, mask: bool[batch, time]?) {
  let count = if bidirectional then 2 * layers else layers
  let start_h: [count, batch, hidden] = if h == none then zeros([count, batch, hidden]) else h
  let start_c: [count, batch, hidden] = if c == none then zeros([count, batch, hidden]) else c
  let forward = map(range(layers), _ => lstm_cell(hidden, use_bias))
  let backward = map(range(count - layers), _ => lstm_cell(hidden, use_bias))
  let (y, last) = over_layers(forward, backward, drop)(x, (start_h, start_c), mask)
  return if final then (y, last) else y
}

/// A cell with one state as one with a tuple of states, which `over_time` takes.
block one_state(cell: block) = (x_t, state) => (cell(x_t, state[0]),)

/// Recurrent layers one above the other, each of a cell of `forward` and, unless that list is empty, one of `backward`: a
/// function of x [batch, time, d], a tuple of states to start from, each [layers · directions, batch, hidden], and a mask
/// [batch, time] or none; gives the outputs of the last layer and a tuple of the last states.
block over_layers(forward: list[block], backward: list[block], drop: float = 0) = (x, start, mask) => {
  let ways = if len(backward) == 0 then 1 else 2
  let layer = k => (input, ends) => {
    let input = if k == 0 then input else dropout(drop)(input)
    let (ahead, end) = over_time(forward[k])(input, map(start, s => s[k * ways]), mask)
    if ways == 1 { return (ahead, [...ends, end]) }
    let (back, other) = over_time(backward[k], reverse = true)(input, map(start, s => s[k * ways + 1]), mask)
    return (concat([ahead, back], axis = -1), [...ends, end, other])
  }
  let (y, ends) = chain(map(range(len(forward)), layer))((x, []))
  return (y, map(range(len(start)), i => stack(map(ends, end => end[i]))))
}

/// A cell over the axis of time: a function of x [batch, time, d], a tuple of states to start from and a mask [batch, time]
/// or none; gives the first state at every step, and the last states. The cell takes a row and a tuple of states and gives
/// the next states.
block over_time(cell: block, reverse: bool = false) = (x, start, mask) => {
  if mask == none {
    return scan((x_t, state) => {
      let next = cell(x_t, state)
      return (next[0], next)
    }, reverse = reverse)(x, start)
  }
  let step = ((x_t, real), state) => {
    let next = map(zip(cell(x_t, state), state), (new, old) => where(real[:, none], new, old))
    return (where(real[:, none], next[0], 0), next)
  }
  return scan(step, reverse = reverse)((x, mask), start)
}

/// One step of `gru` with its parameters under the same names: the next states of all layers from x [batch, d] and the
/// states h [layers, batch, hidden]. For decoders whose input hangs on the state.
block gru_step(hidden: int, layers: int = 1, use_bias: bool = true)
  (x: [batch, d], h: [layers, batch, hidden]) -> [layers, batch, hidden] {
  let forward = map(range(layers), _ => gru_cell(hidden, use_bias))
  let layer = k => (input, states) => {
    let next = forward[k](input, h[k])
    return (next, [...states, next])
  }
  let (_, states) = chain(map(range(layers), layer))((x, []))
  return stack(states)
}

/// Which of `time` positions are real in sequences of these lengths: for masks.
block real_positions(time: int)(length: i32[batch]) -> bool[batch, time] = iota(time) < length[:, none]

/// Mean over the positions where `mask` is true, `empty` where there are none.
block masked_mean(empty: float = 0)(x: [batch, time, d], mask: bool[batch, time]) -> [batch, d] {
  let count = sum(mask, axis = 1)[:, none]
  let mean = sum(where(mask[..., none], x, 0), axis = 1) / max(count, 1)
  return if empty == 0 then mean else where(count == 0, empty, mean)
}
