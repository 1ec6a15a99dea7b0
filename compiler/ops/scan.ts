// Loops over time. A loop has no graph of its own: its body are nodes like all others that need, at some remove, one of
// the loop's markers. `scan_row` gives the row of the step at hand, `scan_carry` what the step before handed on;
// `scan_end` closes the loop over what each carry becomes; `scan_stack` gives a value of the body as it was in every
// step, `scan_last` a carry after the last one. What needs no marker is computed once, outside. compiler/ir/loops.ts
// finds the bodies.
//
//   %0: f32[8, 16] = scan_row(%xs) { loop: "rnn_0", length: 32, reverse: false }       %xs: f32[32, 8, 16]
//   %1: f32[8, 16] = scan_carry(%init) { loop: "rnn_0", length: 32, reverse: false, slot: 0 }
//   %2: f32[8, 16] = add(%0, %1)
//   %3: i32[] = scan_end(%2) { loop: "rnn_0", length: 32, reverse: false }             one operand a carry
//   %4: f32[32, 8, 16] = scan_stack(%2, %3) { loop: "rnn_0", length: 32, reverse: false }
//   %5: f32[8, 16] = scan_last(%2, %3) { loop: "rnn_0", length: 32, reverse: false, slot: 0 }
//
// With `reverse` the last row comes first, and a stack's rows lie where the rows lay that they were computed from.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Attrs, TensorType } from "../ir/graph.ts";
import type { OpRecord, Primitive } from "./define.ts";
import { noFlops } from "./record.ts";
import { dimAttr, mismatch, operand, textAttr, unequal, wrongRank } from "./shapes.ts";

function marker(record: Pick<Primitive, "name" | "summary" | "infer">): OpRecord {
  return {
    level: "primitive",
    pointwise: false,
    // A loop is differentiated as a whole: compiler/autodiff/loop.ts.
    gradient: "none",
    reference: () => {
      throw new InternalError(`${record.name} has no value outside its loop`);
    },
    flops: noFlops,
    samples: [],
    rejects: [],
    ...record,
    infer: (inputs, attrs) => {
      textAttr(attrs, "loop");
      return record.infer(inputs, attrs);
    },
  };
}

function withoutRows(x: TensorType, attrs: Attrs): ReturnType<OpRecord["infer"]> {
  const [rows, ...shape] = x.shape;
  if (rows === undefined) return wrongRank("scan", "at least one axis", x.shape);
  const length = dimAttr(attrs, "length");
  const why = unequal(rows, length);
  if (why) return mismatch("scan", [rows], [length], why);
  return { dtype: x.dtype, shape };
}

export const scanOperators: readonly OpRecord[] = [
  marker({
    name: "scan_row",
    summary: "The row x[t] of the step at hand, of x: [length, ...].",
    infer: (inputs, attrs) => withoutRows(operand(inputs, 0), attrs),
  }),
  marker({
    name: "scan_carry",
    summary: "What the step before handed on; before the first step the operand.",
    infer: (inputs) => operand(inputs, 0),
  }),
  marker({
    name: "scan_end",
    summary: "Closes a loop over what its carries become in a step, in the order of their slots.",
    infer: () => ({ dtype: "i32", shape: [] }),
  }),
  marker({
    name: "scan_stack",
    summary:
      "A value of a loop's body in every step: [length, ...]; the second operand is the loop's end.",
    infer: (inputs, attrs) => {
      const { dtype, shape } = operand(inputs, 0);
      return { dtype, shape: [dimAttr(attrs, "length"), ...shape] };
    },
  }),
  marker({
    name: "scan_last",
    summary: "What a carry is after the last step; the second operand is the loop's end.",
    infer: (inputs) => operand(inputs, 0),
  }),
];
