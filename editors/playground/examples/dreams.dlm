/// A variational autoencoder (Kingma and Welling, 2014) of drawn digits: a picture becomes a normal distribution over 16
/// numbers, and a draw from it a picture again.

data drawn = digits(8000, seed = 0) {
  field image: [1, 28, 28] = image / 255
  split = holdout(validation = 0.1)
}

model VAE(latent: int = 16)(image: [batch, 1, 28, 28])
  -> (image_logits: [batch, 1, 28, 28], mu: [batch, latent], log_var: [batch, latent]) {
  let read = flatten |> dense(256) |> relu
  let to_mu = dense(latent)
  let to_log_var = dense(latent)
  let paint = dense(256) |> relu |> dense(784) |> unflatten([1, 28, 28])
  let hidden = read(image)
  let (mu, log_var) = (to_mu(hidden), to_log_var(hidden))
  return (paint(reparameterize(mu, log_var)), mu, log_var)
}

/// The negative evidence lower bound in nats a picture.
train VAE on drawn {
  let reconstruction = sum(binary_cross_entropy(image_logits, image, reduce = false), axis = (1, 2, 3)) |> mean
  let kl = gaussian_kl(mu, log_var)
  loss      = reconstruction + kl
  metrics   = { reconstruction = reconstruction, kl = kl }
  optimizer = adam(lr = 1e-3)
  batch     = 128
  epochs    = 10
}
