// What it costs to compute a value again, for whoever weighs that against memory: the schedule, and gradients of loops.

/** Work that is worth repeating at each reader rather than stored. */
export const cheapWork = 6;

/** Rough work of a scalar operation, in additions. */
export function workOf(op: string): number {
  switch (op) {
    case "exp":
    case "expm1":
    case "log":
    case "log1p":
    case "sin":
    case "cos":
    case "tanh":
    case "sigmoid":
    case "erf":
    case "gamma":
    case "pow":
      return 10;
    case "div":
    case "rem":
    case "sqrt":
      return 3;
    case "random":
      return 2;
    case "view":
    case "reshape":
    case "concat":
    case "iota":
    case "constant":
    case "dim":
    case "gather":
    case "stop_gradient":
    case "scan_row":
    case "scan_end":
      return 0;
    default:
      return 1;
  }
}
