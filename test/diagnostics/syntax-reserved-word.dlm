// Reserved words cannot be names; all others can.
let list = [1, 2]  //! reserved-word: `list` is a reserved word and cannot be a name  //? choose another name, such as `list_`
let then = 3  //! reserved-word: `then` is a reserved word and cannot be a name  //? choose another name, such as `then_`
block return(x: [n]) -> [n] = x  //! reserved-word: `return` is a reserved word and cannot be a name  //? choose another name, such as `return_`
block scale(none: float, not: int)(x: [n]) -> [n] {  //! reserved-word: `none` is a reserved word and cannot be a name  //? choose another name, such as `none_`
  let (a, true) = x  //! reserved-word: `true` is a reserved word and cannot be a name  //? choose another name, such as `true_`
  param let: [n] = zeros  //! reserved-word: `let` is a reserved word and cannot be a name  //? choose another name, such as `let_`
  return x.list + a  //! reserved-word: `list` is a reserved word and cannot be a name  //? choose another name, such as `list_`
}
let data = 3
let model = dense(data)
