// Names that people bring along, by the names here.
model A(x: [n, 4]) -> (y: [n, 2]) = x |> Linear(2) |> ReLU  //! unknown-name: nothing is called `Linear` here  //? here it is called `dense`  //? `dense`  //! unknown-name: nothing is called `ReLU` here  //? is `relu` meant?  //? `relu`
model B(x: [n, 4]) -> (y: [n, 2]) = x |> dense(2, use_bias = True)  //! unknown-name: nothing is called `True` here  //? here it is written `true`  //? `true`
model C(x: [n, 4]) -> (y: [n, 4]) = if x == None then x else x |> BatchNorm  //! unknown-name: nothing is called `None` here  //? here it is written `none`  //? `none`  //! unknown-name: nothing is called `BatchNorm` here  //? is `batch_norm` meant?  //? `batch_norm`
model D(x: [n, 1, 8, 8]) -> (y: [n, 2, 6, 6]) = x |> Conv2d(2, 3)  //! unknown-name: nothing is called `Conv2d` here  //? here it is called `conv`  //? `conv`
model E(x: [n, 4]) -> (y: [n, 4]) = x |> Sequential([relu, relu])  //! unknown-name: nothing is called `Sequential` here  //? here it is called `chain`  //? `chain`
model F(x: [n, 4]) -> (y: [n, 4]) = x |> dropout(rate = 0.5) |> nothing_like_it  //! unknown-argument: `dropout` has no setting or input called `rate`  //? `dropout` is declared here  //? `dropout` has `p`, `x`  //! unknown-name: nothing is called `nothing_like_it` here  //? declare it in this file, or import it: `import { nothing_like_it } from "./other.dlm"`
model G(x: [n, 4]) -> (y: [n, 4]) = x.shape  //! unknown-member: f32[n, 4] has no `shape`  //? a tensor has no members: a block is applied as `x |> relu`, and `shape(x)` is the list of sizes
model H(x: [n, 4]) -> (y: [n, 4]) = x.reshape([n, 4])  //! unknown-member: f32[n, 4] has no `reshape`  //? a tensor has no members: a block is applied as `x |> relu`, and `shape(x)` is the list of sizes
