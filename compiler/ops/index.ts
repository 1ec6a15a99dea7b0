// The operator table. One more operator is one record in a family's file and one function in runtime/reference/.

import { InternalError, nearestName } from "../../grammar/diagnostic.ts";
import { createBuilder, type CheckedBuilder, type Infer } from "../ir/build.ts";
import type { Origin } from "../ir/graph.ts";
import { arrangeOperators } from "./arrange.ts";
import { contractOperators } from "./contract.ts";
import { convOperators } from "./conv.ts";
import type { OpFailure, OpRecord } from "./define.ts";
import { gatherOperators } from "./gather.ts";
import { pointwiseOperators } from "./pointwise.ts";
import { reduceOperators } from "./reduce.ts";
import { scanOperators } from "./scan.ts";
import { sourceOperators } from "./sources.ts";
import { viewOperators } from "./view.ts";
import { windows } from "./windows.ts";

const records: readonly OpRecord[] = [
  ...sourceOperators,
  ...pointwiseOperators,
  ...viewOperators,
  ...reduceOperators,
  ...contractOperators,
  ...gatherOperators,
  ...arrangeOperators,
  windows,
  ...convOperators,
  ...scanOperators,
];

/** All operators by name. */
export const operators: Readonly<Record<string, OpRecord>> = Object.fromEntries(
  records.map((record) => [record.name, record]),
);

/** The record of an operator; a name that does not exist is a mistake of the compiler. */
export function operatorNamed(name: string): OpRecord {
  const record = operators[name];
  if (record) return record;
  const near = nearestName(name, Object.keys(operators));
  throw new InternalError(
    `there is no operator ${name}${near === undefined ? "" : `; is ${near} meant?`}`,
  );
}

/** The type of an operator's result, or why there is none. */
export const infer: Infer<OpFailure> = (op, inputs, attrs) =>
  operatorNamed(op).infer(inputs, attrs);

/** A builder over the operator table. */
export function newBuilder(origin: Origin): CheckedBuilder<OpFailure> {
  return createBuilder(infer, origin);
}
