// What an operator is: one complete record. The type checker refuses an incomplete one.
//
// Two levels share one graph. *Named* operators (conv, matmul, slice, …) stay in the model graph, may have open
// dimensions, and `expand` into primitives once every dimension is known. *Primitives* have gradient rules and are
// what the scheduler understands:
//
//   pointwise  all inputs of one shape (broadcasts are explicit `broadcast` nodes), one output of that shape
//     f32|i32 → same   neg abs sign · add sub mul div rem pow max min   (`div`, `pow` f32 only)
//     f32 → f32        floor ceil round exp expm1 log log1p sqrt sin cos tanh sigmoid erf gamma
//     → bool           eq ne lt le gt ge (any equal dtypes) · and or not (bool)
//     select(bool, a, b) · cast { dtype } · stop_gradient
//   constant  { value } rank 0, or { values } row-major with the node's shape
//   input     { name, role }                        see ir/graph.ts
//   dim       { value: Dim }                        rank 0 i32 or f32; a constant once specialised
//   iota      { shape, axis } i32                   the index along an axis
//   random    inputs $seed $draw (i32, rank 0), { shape, place }: uniform f32 in [0, 1), see runtime/random.ts
//   view      { shape, forms: Form[], fill: number | "unreachable" }   slice, flip, transpose, broadcast, pad, windows
//   reshape   { shape }                             row-major
//   concat    { axis }
//   reduce    { kind: "sum"|"max"|"min"|"prod", axes, ties: "share"|"first" }   axes vanish; sums of bool, u8 are i32;
//             `ties` says who gets the gradient of a maximum: all in equal shares, or the first
//   argmax    { kind: "max"|"min", axes }           i32, row-major index over the axes, the first wins
//   contract  { sizes, out, a: Form[], b: Form[] }  axes are numbers, sizes[axis]; sum over the axes not in `out`
//   gather    x, index: i32; { axis }               x.shape[:axis] + index.shape + x.shape[axis+1:]; outside reads 0
//   scatter_add  index, source; { axis, size }      the adjoint of gather: zeros of size at the axis, plus source
//   scan_row, scan_carry, scan_end, scan_stack, scan_last                       loops over time, see scan.ts
//   host      { kind }                              computed by the reference only (orthogonal), in initialisers

import type { Code, DiagnosticArguments } from "../../grammar/diagnostic-table.ts";
import type { Builder } from "../ir/build.ts";
import type { Attrs, Node, TensorType } from "../ir/graph.ts";
import type { Tensor } from "../../runtime/types.ts";

/** Why an operator refuses its inputs; the elaborator turns it into a diagnostic at the place of the call. */
export interface OpFailure<C extends Code = Code> {
  readonly failure: C;
  readonly args: DiagnosticArguments<C>;
  readonly notes?: readonly string[];
  readonly help?: string;
}

export function isFailure(value: TensorType | OpFailure): value is OpFailure {
  return "failure" in value;
}

export interface Sample {
  readonly inputs: readonly TensorType[];
  readonly attrs?: Attrs;
  /** Where inputs are drawn from for the gradient test; default "normal". */
  readonly domain?: "normal" | "positive" | "unit" | "distinct" | { readonly index: number };
}

interface Common {
  readonly name: string;
  /** One sentence with shapes. */
  readonly summary: string;
  readonly infer: (inputs: readonly TensorType[], attrs: Attrs) => TensorType | OpFailure;
  /** The readable meaning, in double precision. `type` is the inferred type with known dimensions. */
  readonly reference: (inputs: readonly Tensor[], attrs: Attrs, type: TensorType) => Tensor;
  readonly flops: (inputs: readonly TensorType[], attrs: Attrs, type: TensorType) => number;
  readonly samples: readonly Sample[];
  readonly rejects: readonly {
    readonly inputs: readonly TensorType[];
    readonly attrs?: Attrs;
    readonly code: Code;
  }[];
}

/** Gradients by input; undefined where none is needed or possible (integers). */
export type GradientRule = (
  b: Builder,
  node: Node,
  cotangent: Node,
) => readonly (Node | undefined)[];

export interface Primitive extends Common {
  readonly level: "primitive";
  readonly pointwise: boolean;
  readonly gradient: GradientRule | "none";
}

export interface NamedOp extends Common {
  readonly level: "named";
  /** The same value in primitives and other named operators; all dimensions are known. */
  readonly expand: (b: Builder, inputs: readonly Node[], attrs: Attrs, type: TensorType) => Node;
}

export type OpRecord = Primitive | NamedOp;
