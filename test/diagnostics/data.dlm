// Data declarations.
data a = idxx("mnist") { field image: [1, 28, 28] = image / 255 }  //! unknown-reader: there is no reader called `idxx`  //? is `idx` meant?  //? `idx`
data b = digits(count = 100) { field image: [1, 28, 28] = image / 255 }  //! unknown-argument: `digits` has no setting or input called `count`  //? `digits` has `n`, `seed`
data c = synthetic() { field x: [] = normal([]) }  //! missing-argument: `synthetic` still needs `n`
data d = synthetic(100) {
  field x: [3] = normal([4])  //! shape-mismatch: the field `x`: [3] and [4] do not fit  //? axis 0: 3 = 4 does not hold  //? the shape is declared here
  field y: []  //! unknown-column: the synthetic data has no column `y`  //? this reader has no columns: write `= …` after the type
  splt = holdout(validation = 0.1)  //! unknown-entry: a data declaration has no entry `splt`  //? is `split` meant?  //? `split`
}
data e = synthetic(100) {
  field x: [] = normal([])
  field x: [] = normal([])  //! duplicate-name: a field called `x` stands here already  //? the first one is here
}
data f = synthetic("many") { field x: [] = normal([]) }  //! wrong-kind: `n` of `synthetic` must be a whole number, 0 or more, not the string "many"
data g = synthetic(100) {
  field x: [] = normal([])
  split = holdout(validation = 1.5)  //! value-out-of-range: `validation` in `holdout` is 1.5, but must be a share from 0 to below 1, leaving some to train on
}
data h = synthetic(100) {
  field x: i32[] = normal([])  //! dtype-mismatch: the field `x`: expected i32, found f32  //? `i32(…)` converts
  split = 0.1  //! wrong-kind: `split` must be `holdout(…)`, `given(…)` or `kfold(…)`, not the float 0.1
}
data i = synthetic(100) { field x: [] = "text" }  //! wrong-kind: the field `x` must be a tensor or a number, not the string "text"
data j = synthetic(100) { field x: float = 1 }  //! bad-type: the field `x` needs a shape for its type
data k = synthetic(100) {
  field x: [] = normal([])
  split = given(trian = "train")  //! unknown-split: the data has no split called `trian`  //? is `train` meant?
}
data m = synthetic(100) { field x: [2] = weighed(normal([2])) }
data n = d2 { field x: [] = 1 }  //! unknown-reader: there is no reader called `d2`  //? the readers are idx, csv, safetensors, synthetic, digits, cifar, images, tsv, text

block weighed(x: [n]) -> [n] {
  param scale: [] = ones  //! parameter-place: the parameter `scale` cannot stand in a data declaration  //? in `weighed`, which is used here  //? a `state` is remembered without being trained
  return x * scale
}
