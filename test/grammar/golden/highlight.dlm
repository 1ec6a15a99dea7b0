/// Everything that has a colour.
import { dense, Tower as MyTower } from "./towers.dlm" // a comment
let rate = 1_000.5e-3
let text = "tab\t \"quoted\" \u{e9} \q open
data digits = idx("a.gz") {
  field train: f32[28, 28] = image / 255
  split = holdout(validation = 0.1)
}
block gate(width: int = 8, init: block = zeros, act: "relu" | "tanh" = "relu", bias: bool?)(x: [batch, d]) -> (y: [batch, width]) {
  param weight: [width, d] = kaiming()
  state mean: f32[d] = zeros()
  update mean = 0.9 * mean + x[:, 1:-1].mean(0)
  let data = if not bias == none then x @ weight.T else x ** 2
  return data |> relu |> dense(10, bias = false)
}
model Öl(on: int)(x: [batch, 2]) = scan((h, x) => h + x, x, ...rest)
train run = Öl(on = 2) on digits { loss = cross_entropy(y, from) phase slow { lr = 1e-3 } }
train Öl on digits
decode write = run { text = train.model }
let wrong = a && b || c != d; x += 1 # python
let list_of: list[float] = [true, none] 'single' /* c */ é → x
