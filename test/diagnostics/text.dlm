// Streams and columns of text.
data book = text("book.txt", window = 9, lower = true, keep = "[a-z ]") {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[8] = ids[:-1]
  field target: i32[8] = ids[1:]
  split = holdout(validation = 0.1, test = 0.1)
}
data pairs = tsv("pairs.tsv", columns = ["english", "french"]) {
  let en = vocab(min_count = 2)
  let fr = vocab(max_size = 1000)
  field source: i32[12] = english |> tokenize("word", lower = true) |> en |> end |> pad(12)
  field target: i32[13] = french |> tokenize("word") |> fr |> begin |> end |> pad(13)
  split = holdout(validation = 0.1, by = english)
}
data labelled = tsv("reviews.tsv") {
  let words = vocab
  field tokens: i32[20] = sentence |> tokenize("char") |> words |> pad(20)
  field label: i32[]
  split = holdout(test = 0.1, shuffle = false)
}
data a = text("book.txt", tokens = "letters") { field x: [] = 1 }  //! wrong-kind: `tokens` of `text` must be "char", "word" or bpe(n), not the string "letters"
data b = text("book.txt", window = 1) { field x: [] = 1 }  //! value-out-of-range: `window` of `text` is 1, but must be 2 or more
data c = text("book.txt", stride = 0) { field x: [] = 1 }  //! value-out-of-range: `stride` of `text` is 0, but must be 1 or more
data d = text("book.txt", keep = "a-z") { field x: [] = 1 }  //! value-out-of-range: `keep` of `text` is "a-z", but must be one class of characters in brackets, as "[a-z ]"
data e = text("book.txt", keep = "[z-a]") { field x: [] = 1 }  //! value-out-of-range: `keep` of `text` is "[z-a]", but must be one class of characters in brackets, as "[a-z ]"
data f = text("book.txt") { field tokens: i32[33] }  //! wrong-kind: this field must be numbers, not tokens  //? a vocabulary makes ids of them: `let words = vocab()`, then `words(…)`
data g = text("book.txt") { field x: i32[33] = tokens |> vocab() }  //! unnamed-vocabulary: a vocabulary needs a name
data h = text("book.txt") {
  let chars = vocab(min_count = 0)  //! value-out-of-range: `min_count` of `vocab` is 0, but must be 1 or more
  field x: i32[33] = chars(tokens)
}
data i = text("book.txt", window = 9) {
  let chars = vocab()
  field x: i32[8] = chars(tokens)  //! shape-mismatch: the field `x`: [8] and [9] do not fit  //? axis 0: 8 = 9 does not hold  //? the shape is declared here
}
data j = text("book.txt") {
  let chars = vocab()
  field x: i32[33] = tokens |> tokenize("char") |> chars  //! wrong-kind: the input `text` of `tokenize` must be a column of text, not tokens  //? it is cut already
}
data k = text("book.txt") {
  let chars = vocab()
  field x: i32[33] = tokens |> chars
  split = kfold(5)  //! bad-split: `kfold` cannot split what `text` reads
}
data l = tsv("pairs.tsv") {
  let en = vocab(max_size = 4)  //! value-out-of-range: `max_size` of `vocab` is 4, but must be 5 or more
  field x: i32[_] = english |> tokenize("word") |> en
}
data m = tsv("pairs.tsv") {
  let en = vocab()
  field x: i32[9] = english |> tokenize("bpe") |> en |> pad(9)  //! wrong-kind: the setting `kind` of `tokenize` must be "char", "word" or bpe(n), not the string "bpe"
  field y: i32[9] = english |> tokenize("word") |> en  //! wrong-kind: a field of texts of no fixed length must be one with `[y_length]` or `[_]` for a type, not i32[9]  //? `|> pad(32)` gives all texts one length; without it batches are padded to their longest
  field z: i32[9] = english |> tokenize("word") |> en |> pad(0)  //! value-out-of-range: the length of `pad` is 0, but must be 1 or more
}
data n = tsv("pairs.tsv") {
  let en = vocab()
  field x: i32[9] = english |> tokenize("word") |> en |> pad(9) |> end  //! wrong-kind: the input `ids` of `end` must be ids of tokens, of no fixed length, not i32[9]
  field y: i32[9] = english |> tokenize("word", keep = "a") |> en |> pad(9)  //! wrong-kind: the setting `keep` of `tokenize` must be one class of characters in brackets, as "[a-z ]", not the string "a"
  split = holdout(validation = 0.1, by = english, stratify = french)  //! value-out-of-range: `by` in `holdout` is given, but must be left out beside `stratify`
}
data o = labelled {
  let words = vocab(min_count = 3)  //! duplicate-name: a vocabulary called `words` stands here already  //? the first one is here
  field more: i32[20] = sentence |> tokenize("char") |> words |> pad(20)
}
data p = tsv("pairs.tsv") {
  field x: [] = 1
  split = holdout(validation = 0.1, shuffle = 3)  //! wrong-kind: `shuffle` in `holdout` must be true or false, not the int 3
}
data spelt = text("book.txt", tokens = "char", window = 5) { let chars = vocab()  let ids = chars(tokens)  field input: i32[5] = ids }
model Sized(size: int)(input: i32[batch, t]) -> (logits: [batch, t, size]) = input |> one_hot(size) |> dense(size)
data open_length = tsv("pairs.tsv") {
  let en = vocab()
  field ids: i32[time] = english |> tokenize("word") |> en
  field shifted: i32[_] = ids[1:]  //! not-yet: the field `shifted`, worked out of one whose length differs by example, is part of the language, but this version does not run it yet  //? `|> pad(32)` gives all one length; the model or the loss can take a part of a field
  bucket = 0  //! wrong-kind: `bucket` must be a whole number from 1 on, not the int 0
}
train misspelt = Sized(spelt.chras.size) on spelt {  //! unknown-member: the data `spelt` has no `chras`  //? is `chars` meant?  //? `chars`
  loss = mean(logits)  optimizer = sgd(lr = 0.1)  epochs = 1
}
data bpe_few = text("book.txt", tokens = bpe(259)) { field x: [] = 1 }  //! value-out-of-range: `size` of `bpe` is 259, but must be 260 or more  //? 4 ids are special ones and 256 single bytes; the others are merged
data bpe_half = text("book.txt", tokens = bpe(1.5)) { field x: [] = 1 }  //! wrong-kind: `size` of `bpe` must be how many ids there are in all, or the file of a tokeniser, not the float 1.5
data bpe_pairs = tsv("pairs.tsv") {
  let en = vocab()
  field x: i32[9] = english |> tokenize(bpe(1000), lower = true) |> en |> pad(9)
  let fr = vocab()
  field y: i32[9] = french |> tokenize(bpe("tokenizer.json")) |> fr |> pad(9)
}
