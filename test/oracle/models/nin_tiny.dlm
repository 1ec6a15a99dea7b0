data given = synthetic(6) {
  field x: [1, 16, 16] = zeros([1, 16, 16])
  field y: i32[] = 0
}

model Net(x: [batch, 1, 16, 16]) -> (logits: [batch, 10]) {
  let blocks = [
    [conv(8, 5, padding = 2), conv(8, 1), conv(8, 1)],
    [conv(12, 3, padding = 1), conv(12, 1), conv(12, 1)],
    [conv(10, 3, padding = 1), conv(10, 1), conv(10, 1)],
  ]
  return x |> blocks[0][0] |> relu |> blocks[0][1] |> relu |> blocks[0][2] |> relu |> max_pool(3, stride = 2)
    |> blocks[1][0] |> relu |> blocks[1][1] |> relu |> blocks[1][2] |> relu |> max_pool(3, stride = 2)
    |> blocks[2][0] |> relu |> blocks[2][1] |> relu |> blocks[2][2] |> relu
    |> global_avg_pool
}

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = sgd(lr = 0.1)
  batch = 6
  epochs = 1
}
