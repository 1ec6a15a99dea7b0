/// A draw from the normal distribution with mean `mu` and variance exp(log_var), written so that gradients reach both:
/// mu + exp(log_var / 2) · ε with ε from the standard normal distribution. Kingma and Welling, 2014, "Auto-encoding variational Bayes".
block reparameterize(mu: [...s], log_var: [...s]) -> [...s] = mu + exp(0.5 * log_var) * normal(s)

/// Kullback–Leibler divergence of N(mu, exp(log_var)) from N(0, 1), summed over the last axis:
/// ½ Σ (mu² + exp(log_var) − 1 − log_var); the mean over the others unless `reduce = false`. Kingma and Welling, 2014.
block gaussian_kl(reduce: bool = true)(mu: [..., d], log_var: [..., d]) -> [...] {
  let value = 0.5 * sum(mu * mu + exp(log_var) - 1 - log_var, axis = -1)
  return if reduce then mean(value) else value
}
