// Names: unknown, misspelt, twice, unused, reserved.
import { twice } from "./blocks.dlm"
import { twise } from "./blocks.dlm"  //! missing-export: blocks.dlm declares nothing called `twise`  //? is `twice` meant?  //? `twice`
import { gone } from "./missing.dlm"  //! missing-file: there is no file "./missing.dlm" to import from
import { width as w } from "./blocks.dlm"

let hidden = 4
let hidden = 5  //! duplicate-name: something called `hidden` stands here already  //? the first one is here
let wrong = hiden + w  //! unknown-name: nothing is called `hiden` here  //? is `hidden` meant?  //? `hidden`

block scaled(factor: float, factor: int)(x: [...s]) -> [...s] = factor * x  //! duplicate-name: a parameter called `factor` stands here already  //? the first one is here

block shadow(x: [n, d]) -> [n, d] {
  let unused = x + 1  //! unused-name: the `let` `unused` is never used
  let y = twice(x)
  return y + unheard_of  //! unknown-name: nothing is called `unheard_of` here  //? declare it in this file, or import it: `import { unheard_of } from "./other.dlm"`
}

block nearly(x: [n, d]) -> [n, d] = x |> softmaks  //! unknown-name: nothing is called `softmaks` here  //? is `softmax` meant?  //? `softmax`

block training(x: [n]) -> [n] = x  //! reserved-name: `training` means something everywhere and cannot be declared

model Net(x: [n, 4]) -> (y: [n, hidden]) = x |> dense(hidden) |> reluu  //! unknown-name: nothing is called `reluu` here  //? is `relu` meant?  //? `relu`

block unreached(x: [n]) = x + another  //! unknown-name: nothing is called `another` here  //? declare it in this file, or import it: `import { another } from "./other.dlm"`
