// Names of any script, and every contextual word as a name.
let größe = 3
let слой = größe + 1
let 層 = слой
let レイヤー_2 = 層
let طبقة = 1
let שכבה = 2
let परत = 3
let ชั้น = 4
let Ⅷ = 8
let 𝛼 = 9
let _ = 1
let __x1 = 2
let letter = 1
let iffy = 2
let nonesuch = 3
let return_ = 4
let listed = 5

let (import, block, model, data, train, decode, field, phase, param, state, update) = all
let (from, as, on) = (import, block.model, data(train = decode, from = 1, as = 2, on = 3))

block block(block: block, data: int, from: float)(state: [param, update], as: i32[field, on]) -> [phase] {
  let let_ = state |> block(data = data, from = from)
  param param: [param] = zeros
  state state: [state] = zeros
  update update = update
  let train = update => { update = update }
  let model = state => { state state: [] = zeros return state }
  if data { return data } else { return { param = param, state = state, update = update } }
}
model model(model: [model]) -> (model: model[model]) = model
data data = data {
  field field: field[field] = field
  data = data
  let let1 = data
  train = train
  phase = phase
}
train train = train on on {
  phase phase { phase = phase field = field data = data }
  phase = phase
  train = on
  on = train
  state = state
  param = param
  update = update
  import = import
  model = model
}
train train on data { block = block }
decode decode = decode { decode = decode as = as from = from }
import { as as as, from as on, import } from "./from.dlm"
