// Decode declarations.
data book = text("book.txt", window = 9) {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[8] = ids[:-1]
  field target: i32[8] = ids[1:]
  field weight: [8] = f32(ids[:-1])
  split = holdout(validation = 0.2)
}
data others = text("book.txt", window = 9) {
  let chars = vocab()
  field input: i32[8] = chars(tokens)[:-1]
}

model Chars(size: int, length: int = 8)(input: i32[batch, time], weight: [batch, _]?) -> (logits: [batch, time, size], score: [batch, size]) {
  let x = input |> embedding(size, 4)
  let y = x |> dense(size)
  return (if weight == none then y else y * mean(weight), mean(y, axis = 1))
}
model Fixed(size: int, length: int = 8)(input: i32[batch, length]) -> (logits: [batch, length, size]) =
  input |> embedding(size, 4) |> dense(size)
model Number(size: int)(input: i32[batch, 8]) -> (logits: [batch, 8, size]) =
  input |> embedding(size, 4) |> dense(size)
model Halves(size: int)(input: i32[batch, time]) -> (logits: [batch, time, size]) =
  input |> embedding(size, 4) |> reshape([batch, time / 2, 8]) |> reshape([batch, time, 4]) |> dense(size)  //! uneven-division: 1 / 2 does not come out even  //? in `Halves`, which is used here  //? `div(1, 2)` rounds down; `1 / 2.0` gives a float

train plain = Chars(size = book.chars.size) on book {
  loss      = cross_entropy(logits, target)
  metrics   = { other = mean(f32(wrong_place(weight))) }  //! decode-place: `wrong_place` may be called in the metrics of its own training only
  optimizer = sgd(lr = 0.1)
  epochs    = 1
}
train second = Chars(size = book.chars.size) on book {
  loss      = cross_entropy(logits, target)
  optimizer = sgd(lr = 0.1)
  epochs    = 1
}
decode wrong_place = second { grows = input  next = logits  text = book.chars  limit = 8 }
train own = Chars(size = book.chars.size) on book {
  loss      = cross_entropy(logits, target) + mean(f32(in_loss(weight)))  //! decode-in-loss: the loss depends on what `in_loss` generates
  optimizer = sgd(lr = 0.1)
  epochs    = 1
}
decode in_loss = own { grows = input  next = logits  text = book.chars  limit = 8 }
train not_field = Chars(size = book.chars.size) on book {
  loss      = cross_entropy(logits, target)
  metrics   = { other = mean(f32(of_other(weight + 1))) }  //! wrong-kind: the input `weight` of `of_other` must be the field of this name, as it is, not another tensor
  optimizer = sgd(lr = 0.1)
  epochs    = 1
}
decode of_other = not_field { grows = input  next = logits  text = book.chars  limit = 8 }
train by_train = Chars(size = book.chars.size) on book {
  loss      = cross_entropy(logits, target)
  metrics   = { zeros = mean(f32(of_train(weight) == 0)) }
  optimizer = sgd(lr = 0.1)
  epochs    = 1
  best      = highest(train.zeros)  //! unknown-metric: there is no metric called `train.zeros`  //? `zeros` reads generated text, which evaluation passes alone work out: `validation.zeros`
}
decode of_train = by_train { grows = input  next = logits  text = book.chars  limit = 8 }

train fixed = Fixed(size = book.chars.size) on book {
  loss = cross_entropy(logits, target)  optimizer = sgd(lr = 0.1)  epochs = 1
}
decode fixed_length = fixed { grows = input  next = logits  text = book.chars  limit = 8 }  //! fixed-length: `input` of `Fixed` has the fixed length 8, so it cannot grow  //? the input is declared here  //? name its length: `input: i32[batch, time]`
train number = Number(size = book.chars.size) on book {
  loss = cross_entropy(logits, target)  optimizer = sgd(lr = 0.1)  epochs = 1
}
decode fixed_number = number { grows = input  next = logits  text = book.chars  limit = 8 }  //! fixed-length: `input` of `Number` has the fixed length 8, so it cannot grow  //? the input is declared here  //? name its length: `input: i32[batch, time]`
train halves = Halves(size = book.chars.size) on book {
  loss = cross_entropy(logits, target)  optimizer = sgd(lr = 0.1)  epochs = 1
}
decode even_only = halves { grows = input  next = logits  text = book.chars  limit = 8 }

train good = Chars(size = book.chars.size) on book {
  loss = cross_entropy(logits, target)  optimizer = sgd(lr = 0.1)  epochs = 1
}
decode no_training = Chars { grows = input  next = logits  text = book.chars  limit = 8 }  //! wrong-kind: what a decode declaration decodes with must be the name of a training, not the block `Chars`
decode data_instead = book { grows = input  next = logits  text = book.chars  limit = 8 }  //! wrong-kind: what a decode declaration decodes with must be the name of a training, not the data `book`
decode configured = good(2) { grows = input  next = logits  text = book.chars  limit = 8 }  //! wrong-kind: what a decode declaration decodes with must be the name of a training, not an expression
decode no_limit = good { grows = input  next = logits  text = book.chars }  //! missing-entry: this decode declaration needs an entry `limit`  //? write, for example, `limit = 200`
decode no_grows = good { next = logits  text = book.chars  limit = 8 }  //! missing-entry: this decode declaration needs an entry `grows`  //? write, for example, `grows = input`
decode unknown = good { grows = input  next = logits  text = book.chars  limit = 8  temperature = 1 }  //! unknown-entry: a decode declaration has no entry `temperature`  //? there are grows, next, text, pick, limit, repetition_penalty, stop, seed, window, prompt
decode wrong_grows = good { grows = inputs  next = logits  text = book.chars  limit = 8 }  //! wrong-kind: `grows` must be an input of `Chars`, not `inputs`  //? is `input` meant?  //? `input`
decode grows_expr = good { grows = input + 1  next = logits  text = book.chars  limit = 8 }  //! wrong-kind: `grows` must be an input of `Chars`, not an expression
decode grows_floats = good { grows = weight  next = logits  text = book.chars  limit = 8 }  //! wrong-kind: `grows` must be an input of `Chars` that holds ids of tokens, i32[batch, time], not f32[batch, 8]
decode wrong_text = good { grows = input  next = logits  text = book.ids  limit = 8 }  //! wrong-kind: `text` must be a vocabulary of `book`, not `book.ids`  //? there are `book.chars`
decode other_text = good { grows = input  next = logits  text = others.chars  limit = 8 }  //! wrong-kind: `text` must be a vocabulary of `book`, not `others.chars`  //? there are `book.chars`
decode text_string = good { grows = input  next = logits  text = "chars"  limit = 8 }  //! wrong-kind: `text` must be a vocabulary of `book`, not the string "chars"  //? there are `book.chars`
decode wrong_next = good { grows = input  next = score  text = book.chars  limit = 8 }  //! wrong-kind: `next` must be scores f32[batch, 8, book.chars.size] for a prefix of 8, not f32[batch, book.chars.size]
decode next_name = good { grows = input  next = logit  text = book.chars  limit = 8 }  //! unknown-name: nothing is called `logit` here  //? is `logits` meant?  //? `logits`
decode next_short = good { grows = input  next = logits[:, 1:]  text = book.chars  limit = 8 }  //! wrong-kind: `next` must be scores f32[batch, 8, book.chars.size] for a prefix of 8, not f32[batch, 7, book.chars.size]
decode next_ids = good { grows = input  next = i32(logits)  text = book.chars  limit = 8 }  //! wrong-kind: `next` must be scores f32[batch, 8, book.chars.size] for a prefix of 8, not i32[batch, 8, book.chars.size]
decode wrong_pick = good { grows = input  next = logits  text = book.chars  limit = 8  pick = best }  //! unknown-name: nothing is called `best` here  //? is `bert` meant?  //? `bert`
decode pick_number = good { grows = input  next = logits  text = book.chars  limit = 8  pick = 4 }  //! wrong-kind: `pick` must be `greedy`, `beam(n)` or `sample(…)`, not the int 4
decode no_beams = good { grows = input  next = logits  text = book.chars  limit = 8  pick = beam(0) }  //! value-out-of-range: `n` of `beam` is 0, but must be 1 … 1024
decode beam_lacks = good { grows = input  next = logits  text = book.chars  limit = 8  pick = beam }  //! wrong-kind: `pick` must be `greedy`, `beam(n)` or `sample(…)`, not the block `beam`
decode cold = good { grows = input  next = logits  text = book.chars  limit = 8  pick = sample(temperature = 0) }  //! value-out-of-range: `temperature` of `sample` is 0, but must be above 0  //? `pick = greedy` takes the best token
decode many = good { grows = input  next = logits  text = book.chars  limit = 8  pick = sample(top_k = 0.5) }  //! value-out-of-range: `top_k` of `sample` is 0.5, but must be a whole number from 1 on
decode likely = good { grows = input  next = logits  text = book.chars  limit = 8  pick = sample(top_p = 1.5) }  //! value-out-of-range: `top_p` of `sample` is 1.5, but must be above 0 and at most 1
decode setting = good { grows = input  next = logits  text = book.chars  limit = 8  pick = sample(top_n = 5) }  //! unknown-argument: `sample` has no setting or input called `top_n`  //? is `top_k` meant?  //? `top_k`
decode penalty = good { grows = input  next = logits  text = book.chars  limit = 8  repetition_penalty = 0 }  //! value-out-of-range: `repetition_penalty` is 0, but must be above 0
decode no_tokens = good { grows = input  next = logits  text = book.chars  limit = 0 }  //! value-out-of-range: `limit` is 0, but must be 1 or more
decode wrong_stop = good { grows = input  next = logits  text = book.chars  limit = 8  stop = 3 }  //! wrong-kind: `stop` must be a text, or a list of texts, none of them empty, not the int 3
decode empty_stop = good { grows = input  next = logits  text = book.chars  limit = 8  stop = ["a", ""] }  //! wrong-kind: `stop` must be a text, or a list of texts, none of them empty, not a list of 2
decode wrong_prompt = good { grows = input  next = logits  text = book.chars  limit = 8  prompt = ["a"] }  //! wrong-kind: `prompt` must be a text, not a list of 1
decode wrong_window = good { grows = input  next = logits  text = book.chars  limit = 8  window = 0 }  //! value-out-of-range: `window` is 0, but must be 1 or more
decode right = good {
  let scores = logits / 2
  grows = input  next = scores  text = book.chars  limit = 8  window = 20
  pick = beam(2, length_penalty = 0)  stop = ["\n", "."]  seed = 4  prompt = "a"  repetition_penalty = 1.2
}
