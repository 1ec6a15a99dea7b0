// Why a model cannot be run token by token with kept states. The whole prefix is read again then.

import { formatSpan } from "../../grammar/source.ts";
import type { Node } from "../ir/graph.ts";

/** Thrown inside this folder alone: `keepStates` gives it as a value. */
export class Refusal extends Error {
  constructor(what: string, at?: Node) {
    super(at ? `${what} (${formatSpan(at.origin.span)})` : what);
  }
}
