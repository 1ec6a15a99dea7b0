// What the language has and this version does not run: said once each, at the place that wants it.
model A(x: [n, t]) -> (y: [n, t]) = x |> sort  //! not-yet: `sort` is part of the language, but this version does not run it yet
data text_data = text("book.txt", tokens = "char") { field tokens: i32[16] }  //! not-yet: the reader `text` is part of the language, but this version does not run it yet
data words = tsv("words.tsv") { field a: i32[4] }  //! not-yet: the reader `tsv` is part of the language, but this version does not run it yet
model Line(x: [n]) -> (y: [n]) { param w: [] = zeros return x * w }
train Line on words { loss = mse(y, a)  optimizer = sgd(lr = 0.1)  epochs = 1 }
decode speak = Line { grows = x  next = y  limit = 3 }  //! not-yet: `decode` is part of the language, but this version does not run it yet
