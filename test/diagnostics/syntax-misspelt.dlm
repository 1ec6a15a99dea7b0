// A misspelt word at the start of an item.
modle Net(x: [n]) -> [n] = x  //! syntax: expected a declaration, found `modle`  //? `model`

blok broken(x: [n]) -> [n] {  //! syntax: expected a declaration, found `blok`  //? `block`
  return x
}

block scale(x: [n]) -> [n] {
  parm weight: [n] = ones  //! syntax: expected a statement, found `parm`  //? `param`
  udpate weight = 3  //! syntax: expected a statement, found `udpate`  //? `update`
  retrun x  //! syntax: expected a statement, found `retrun`  //? `return`
}

data digits = synthetic(3) {
  feild x: [] = 1  //! syntax: expected a `field`, a `let` or a setting, found `feild`  //? `field`
  field y: [] = 2
}

trian Net on digits {  //! syntax: expected a declaration, found `trian`  //? `train`
  epochs = 1
}
