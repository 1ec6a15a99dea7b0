// A mistake in an imported file is told there, and nothing follows from it here.
import { ok, half } from "./broken.dlm"  //! syntax: expected an expression, found the end of the file

let more = ok + half
