/// Regression on a table: numbers standardised, missing ones filled, words one-hot; what is fitted is fitted on the training
/// rows alone. The table beside this file, flats.csv, is invented: rents made by a formula (see make_flats.mjs) with noise
/// and some missing entries, so that there is something to learn and nothing to license.
///
///     npx dlmc train examples/table.dlm

data flats = csv("flats.csv", missing = ["", "NA"]) {
  let numbers = columns("number", except = ["id", "rent"]) |> standardize |> fill(0)
  let kinds = columns("text") |> one_hot
  field features: [d] = concat([numbers, kinds])
  field rent: []
  split = holdout(validation = 0.15, test = 0.15)
}

model Rent(hidden: int = 32)(features: [batch, d]) -> (guess: [batch]) =
  features |> dense(hidden) |> relu |> dropout(0.05) |> dense(1) |> squeeze(axis = -1)

/// Root mean squared error of the logarithms over a whole pass: errors count by ratio, a cheap flat as much as a dear one.
block log_rmse(guess: [n], truth: [n]) -> [] =
  sqrt(average((log(max(guess, 1)) - log(truth)) ** 2))

train Rent on flats {
  loss      = mse(guess / 100, rent / 100)
  metrics   = { log_rmse = log_rmse(guess, rent), mae = mae(guess, rent), r2 = r2(guess, rent) }
  optimizer = adam(lr = cosine(from = 0.5, to = 0))
  batch     = 32
  epochs    = 60
}
