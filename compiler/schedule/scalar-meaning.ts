// Scalar operations by the reference's own functions, for the interpreter of plans.

import { InternalError } from "../../grammar/diagnostic.ts";
import { referenceFunctions } from "../../runtime/reference/index.ts";
import { allocate, type DType, type Tensor } from "../../runtime/types.ts";
import type { Scalar, ScalarOp } from "./kernel.ts";

type Apply = Extract<Scalar, { kind: "apply" }>;

/** Operations that tests run most, without the detour over tensors. */
const quick: Partial<Record<ScalarOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  and: (a, b) => Number(a !== 0 && b !== 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
  lt: (a, b) => Number(a < b),
  ge: (a, b) => Number(a >= b),
};

/** The value of an operation; `select` evaluates only the branch taken. */
export function applyScalar(scalar: Apply, evaluate: (part: Scalar) => number): number {
  const { op, args, dtype } = scalar;
  const [first, second, third] = args;
  if (op === "select" && first && second && third)
    return evaluate(evaluate(first) !== 0 ? second : third);
  const values = args.map(evaluate);
  const direct = dtype === "f32" || dtype === "bool" ? quick[op] : undefined;
  if (direct) return direct(values[0] ?? 0, values[1] ?? 0);
  const compute = referenceFunctions[op];
  if (!compute) throw new InternalError(`the reference has no operation ${op}`);
  const inputs = args.map((part, i): Tensor => oneElement(part.dtype, values[i] ?? 0));
  return Number(compute(inputs, {}, { dtype, shape: [] }).data[0]);
}

function oneElement(dtype: DType, value: number): Tensor {
  const data = dtype === "f32" || dtype === "f16" ? new Float64Array(1) : allocate(dtype, 1);
  data[0] = value;
  return { dtype, shape: [], data };
}
