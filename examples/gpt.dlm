/// A small GPT (Radford et al., 2019) that reads Shakespeare by characters and writes more of it.
/// The text is wanted as `text/tinyshakespeare.txt` beside this file or in $DLM_DATA.
///
///     npx dlmc train examples/gpt.dlm
///     npx dlmc generate examples/gpt.dlm --prompt "ROMEO:"
///
/// Recorded on wasm, one thread, seed 0: 818,560 parameters, 1.522 nats a character on the last tenth of the text after 10 epochs,
/// 29.2 minutes of processor time. It then writes:
///
///     ROMEO:
///     Besides, stay sent thou that do divine your head,
///     I present doth prison of love.
///
///     ANGELO:
///     I speak my lord.

let context = 128

data plays = text("text/tinyshakespeare.txt", tokens = "char", window = context + 1) {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[context] = ids[:-1]
  field target: i32[context] = ids[1:]
  split = holdout(validation = 0.1)
}

model GPT(vocab: int, width: int = 128, heads: int = 4, depth: int = 4, drop: float = 0)
  (input: i32[batch, time]) -> (logits: [batch, time, vocab]) =
  input |> gpt(vocab, context, width, heads, depth, drop = drop)

train plays_gpt = GPT(vocab = plays.chars.size) on plays {
  loss      = cross_entropy(logits, target)
  metrics   = { nats = average(cross_entropy(logits, target, reduce = false)) }
  optimizer = {
    "*weight" = adamw(lr = warmup(100, cosine(from = 2e-3, to = 1e-4)), beta2 = 0.99, weight_decay = 0.1),
    "*" = adam(lr = warmup(100, cosine(from = 2e-3, to = 1e-4)), beta2 = 0.99),
  }
  clip      = norm(1)
  batch     = 16
  epochs    = 10
  best      = lowest(validation.loss)
}

decode write = plays_gpt {
  grows  = input
  next   = logits
  text   = plays.chars
  pick   = sample(temperature = 0.8, top_k = 40)
  prompt = "ROMEO:"
  limit  = 300
}
