/// A variational autoencoder (Kingma and Welling, 2014) of MNIST's digits: a picture becomes a normal distribution over 20 numbers,
/// and a draw from it a picture again. `dream` is made from numbers drawn from the standard normal distribution alone.
///
///     npx dlmc train examples/vae.dlm
///     npx dlmc predict examples/vae.dlm --split test
///
/// Recorded on wasm, one thread, seed 0: a negative ELBO of 105.7 nats on the test images after 10 epochs, 1.1 minutes of processor
/// time; the same in PyTorch comes to 105.9.

data mnist = idx("mnist") {
  field image: [1, 28, 28] = image / 255
  split = holdout(validation = 0.1)
}

model VAE(latent: int = 20)(image: [batch, 1, 28, 28])
  -> (image_logits: [batch, 1, 28, 28], mu: [batch, latent], log_var: [batch, latent], dream: [batch, 1, 28, 28]) {
  let read = flatten |> dense(400) |> relu
  let to_mu = dense(latent)
  let to_log_var = dense(latent)
  let paint = dense(400) |> relu |> dense(784) |> unflatten([1, 28, 28])
  let hidden = read(image)
  let (mu, log_var) = (to_mu(hidden), to_log_var(hidden))
  return (paint(reparameterize(mu, log_var)), mu, log_var, sigmoid(paint(normal([batch, latent]))))
}

/// The negative evidence lower bound in nats a picture.
train VAE on mnist {
  let reconstruction = sum(binary_cross_entropy(image_logits, image, reduce = false), axis = (1, 2, 3)) |> mean
  let kl = gaussian_kl(mu, log_var)
  loss      = reconstruction + kl
  metrics   = { reconstruction = reconstruction, kl = kl }
  optimizer = adam(lr = 1e-3)
  batch     = 128
  epochs    = 10
}
