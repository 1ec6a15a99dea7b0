/// A generative adversarial network (Goodfellow et al., 2014; convolutional after Radford et al., 2016) of MNIST's digits. It is one
/// model with two parts and a loss for each: `judge` learns to tell pictures from paintings, `paint` to be taken for a picture. A
/// loss reaches only the parameters that its pattern names.
///
///     npx dlmc train examples/gan.dlm
///     npx dlmc predict examples/gan.dlm --split test
///
/// Recorded on wasm, one thread, seed 0: after 10 epochs, 4.6 minutes of processor time, most paintings can be read as digits, and
/// the judge tells 74 % of the test images and 90 % of the paintings rightly.

data mnist = idx("mnist") {
  field image: [1, 28, 28] = image / 255
  split = holdout(validation = 0.1)
}

/// Numbers [n, d] to pictures [n, 1, 28, 28] by two transposed convolutions.
block generator(width: int) =
  dense(7 * 7 * 2 * width) |> unflatten([2 * width, 7, 7])
    |> batch_norm |> relu |> conv_transpose(width, 4, stride = 2, padding = 1)
    |> batch_norm |> relu |> conv_transpose(1, 4, stride = 2, padding = 1) |> sigmoid

/// Pictures [n, 1, 28, 28] to one number each: above 0 for "a picture".
block discriminator(width: int) =
  conv(width, 4, stride = 2, padding = 1) |> leaky_relu(0.2)
    |> conv(2 * width, 4, stride = 2, padding = 1) |> batch_norm |> leaky_relu(0.2) |> flatten |> dense(1)

model GAN(latent: int = 64, width: int = 16)
  (image: [batch, 1, 28, 28]) -> (real: [batch, 1], fake: [batch, 1], painted: [batch, 1, 28, 28]) {
  let paint = generator(width)
  let judge = discriminator(width)
  let painted = paint(normal([batch, latent]))
  return (judge(image), judge(painted), painted)
}

/// `spotted` is the share of paintings, `believed` that of pictures, that the judge tells rightly: near a half it is at a loss.
train GAN on mnist {
  loss      = {
    "judge.*" = mean(softplus(-real)) + mean(softplus(fake)),
    "paint.*" = mean(softplus(-fake)),
  }
  metrics   = { believed = average(real > 0), spotted = average(fake < 0) }
  optimizer = adam(lr = 2e-4, beta1 = 0.5)
  batch     = 128
  epochs    = 10
}
