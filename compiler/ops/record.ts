// Helpers to write operator records: the reference by name, the usual counts.

import { InternalError } from "../../grammar/diagnostic.ts";
import { referenceFunctions } from "../../runtime/reference/index.ts";
import type { NamedOp, OpRecord, Primitive } from "./define.ts";
import { elements, knownShape } from "./shapes.ts";

/** The reference function of a name. */
export function refer(name: string): OpRecord["reference"] {
  const compute = referenceFunctions[name];
  if (!compute) throw new InternalError(`runtime/reference lacks ${name}`);
  return (inputs, attrs, type) =>
    compute(inputs, attrs, { dtype: type.dtype, shape: knownShape(type) });
}

/** Index arithmetic costs nothing. */
export const noFlops: OpRecord["flops"] = () => 0;

/** One operation for each element of the result. */
export const flopPerElement: OpRecord["flops"] = (_inputs, _attrs, type) => elements(type);

/** One operation for each element of the first operand. */
export const flopPerInput: OpRecord["flops"] = ([x]) => (x ? elements(x) : 0);

type Defaults = "level" | "reference";

export function primitive(record: Omit<Primitive, Defaults>): Primitive {
  return { level: "primitive", reference: refer(record.name), ...record };
}

export function named(record: Omit<NamedOp, Defaults>): NamedOp {
  return { level: "named", reference: refer(record.name), ...record };
}
