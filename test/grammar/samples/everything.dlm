/// Every form of the grammar at least once.
/// A second line of documentation.
import { dense, conv as convolution, } from "./layers.dlm"
import {} from "pkg/empty.dlm"

let width: int = 1_024
let (low, (middle, high)) = (1e-3, (0.5, 2.5E+2))
let nothing = none
let flags = [true, false, ...[not true, not not false]]
let text = "tab \t newline \n quote \" backslash \\ smile \u{1F600}"
let empty = [(), [], {}]
let single = (1,)
let grouped = ((1))
let table = { a = 1, "b.*" = [1, 2,], model = { data = 3, }, }

// Settings and inputs
block scale(by: float = 2, mode: "mean" | "sum" = "mean", names: list[(int, string)]? = none)
  (x: [batch, ...rest], mask: bool[batch, _]?, pair: ([n], i32[n]), whole: [...]) -> [batch, ...rest] {
  /// The weight.
  param weight: [2 * width - 1, div(width, 4)] = normal(std = 0.02)
  state seen: [] = zeros
  update seen = seen + 1
  let (a, b,) = pair
  if mask == none and by > 0 or not training {
    return x
  } else if mode == "sum" {
    return -x ** -2 ** 2
  } else {
    let z = if by == 1 then x else if by >= 2 then x * by else x / by
    return z
  }
}

block bare = relu |> dropout(0.5)
block one(x: [n]) = x
block unit() -> (value: [], other: int) = (0, 1)
block untyped(a, b = 1) = a

model Net(classes: int)(image: [batch, 1, 28, 28]) -> (logits: [batch, classes]) =
  image |> flatten |> dense(classes, use_bias = false,)
    |> chain(map([1, 2], (k, v) => dense(k) |> relu))

let index = x[0, :, 1:, :2, 1:2, ::2, :3:2, 1::3, 1:9:3, none, ..., -1, mask,][...]
let operators = a + b - c * d / e % f @ g ** h == i
let compare = (a != b) == (c < d) and (e <= f) == (g > h) or i >= j
let members = a.b.c(1)(2, x = 3)[4].train
let lambdas = (x => y => (z,) => { let w = x return w }, _ => { a = 1 }, x => {}, x => { state = x })
let body = (x, h) => {
  param p: [n] = zeros
  state s: [n] = zeros
  update s = p
  return (s, h)
}

/// Where examples come from.
data digits = idx("mnist") {
  let scaled = image / 255
  /// Pixels.
  field image: [1, 28, 28] = scaled
  field label: i32[]
  field both: (a: [1], b: i32[2])
  split = holdout(validation = 0.1, test = 0.1)
  field = 3
}
data small = digits
data tiny = digits {}

train Net on digits {
  loss = cross_entropy(logits, label)
  let penalty = l2("*.weight")
  phase head { optimizer = { "head.*" = sgd(lr = 5e-2), "*" = none }  epochs = 1 }
  phase = 3
  batch = all
}
train tuned = Net(classes = 2) on digits { start = weights("a.safetensors") }
train on on on {}

decode write = tuned {
  let chars = digits.chars
  grows = input  next = logits  limit = 12
}
