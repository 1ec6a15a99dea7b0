import { a } from "./circle.dlm"  //! import-cycle: files import each other in a circle: circle.dlm → other.dlm → circle.dlm

let own = a
