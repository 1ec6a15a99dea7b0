/// House prices: the median of each of 20,640 districts of California, by the census of 1990 (Pace and Barry, 1997,
/// "Sparse spatial autoregressions"). Where a district lies says most about its prices, and they jump from one side of a hill
/// to the other; a perceptron learns that once the place comes as waves of several lengths. Counts enter as logarithms.
///
///     npx dlmc data examples/california_housing.dlm
///     npx dlmc train examples/california_housing.dlm
///
/// Measured on wasm, one thread, seed 0, no setting chosen by these folds: RMSE 0.428 ± 0.008 (mean and deviation of the five
/// folds), in 100,000 dollars; MAE 0.272, R² 0.862. Five folds of 30 epochs and a fit on everything: 7 min 11 s on two cores
/// that were busy with other work; 17 s a fold when less so.

data districts = csv("tabular/california_housing.csv") {
  let counts = log([total_rooms, total_bedrooms, population, households, median_income])
  let ratios = log([total_rooms, total_bedrooms, population] / households)
  let numbers = concat([counts, ratios, [longitude, latitude, housing_median_age]]) |> standardize |> fill(0)
  field features: [d] = concat([numbers, ocean_proximity |> one_hot])
  /// In degrees, from about the middle of the state.
  field place: [2] = [longitude + 119.5, latitude - 35.5]
  /// In 100,000 dollars; the census counts no further than 5.
  field price: [] = median_house_value / 100000
  split = kfold(5)
}

/// sin and cos along each axis of x, for each wave length. Tancik et al., 2020, "Fourier features let networks learn high
/// frequency functions in low dimensional domains".
block waves(lengths: list[float])(x: [n, d]) -> [n, _] {
  let angles = x[:, :, none] * (2 * pi / tensor(lengths)) |> flatten
  return concat([sin(angles), cos(angles)], axis = 1)
}

model Price(hidden: int = 192, drop: float = 0.1)(features: [batch, d], place: [batch, 2]) -> (guess: [batch]) {
  let (x, y) = split(2, axis = 1)(place)
  let directions = concat([x, y, x + y, x - y], axis = 1)
  let inputs = concat([features, directions |> waves([16, 8, 4, 2, 1, 0.5])], axis = 1)
  return inputs
    |> dense(hidden) |> relu |> dropout(drop)
    |> dense(hidden) |> relu |> dropout(drop)
    |> dense(1) |> squeeze(axis = -1)
}

train Price on districts {
  loss      = mse(guess, price)
  metrics   = { rmse = rmse(guess, price), mae = mae(guess, price), r2 = r2(guess, price) }
  optimizer = adamw(lr = cosine(from = 3e-3), weight_decay = 1e-2)
  batch     = 128
  epochs    = 30
}
