// A file that imports itself.
import { own } from "./imports-self.dlm"  //! import-cycle: files import each other in a circle: imports-self.dlm → imports-self.dlm

let other = own
