// The kernel IR: what stands between the graph and machine code. Kernels know scalars, loops and stored values, never
// tensor operators; a backend prints three kinds of kernel. Integers only: all sizes are known here.

import type { DType } from "../../runtime/types.ts";
import type { Origin } from "../ir/graph.ts";

/** A stored tensor of the plan: a graph input, a persistent tensor, an output or a temporary. */
export type ValueId = number;

/** A loop axis; names are unique in a kernel (`p0`, `r1`, …). */
export interface Axis {
  readonly name: string;
  readonly extent: number;
}

/** An integer expression in canonical form: offset + Σ coefficient·atom; terms sorted, none with coefficient 0, so
 *  equal indices have equal texts. Every atom knows its range, hence every index does. */
export interface Index {
  readonly offset: number;
  readonly terms: readonly { readonly atom: IndexAtom; readonly coefficient: number }[];
  /** Canonical text: identity. */
  readonly text: string;
  /** Smallest and largest value over all axes. */
  readonly low: number;
  readonly high: number;
}

export type IndexAtom =
  | { readonly kind: "axis"; readonly name: string; readonly extent: number }
  /** Floor division and the remainder in [0, by). */
  | { readonly kind: "div" | "mod"; readonly of: Index; readonly by: number }
  /** A stored integer, for gather; in [0, extent) where its guard holds. */
  | { readonly kind: "value"; readonly of: Scalar; readonly extent: number };

/** Scalar operations: names and meaning of the pointwise primitives of compiler/ops/define.ts. */
export type ScalarOp =
  | "neg" | "abs" | "sign" | "floor" | "ceil" | "round" | "exp" | "expm1" | "log" | "log1p" | "sqrt" | "sin" | "cos"
  | "tanh" | "sigmoid" | "erf" | "gamma" | "not" | "add" | "sub" | "mul" | "div" | "rem" | "pow" | "max" | "min" | "eq"
  | "ne" | "lt" | "le" | "gt" | "ge" | "and" | "or" | "select" | "cast"; // prettier-ignore

/** A scalar expression: a hash-consed DAG inside a kernel (equal expressions are one object), so that a printer can
 *  give every shared one a local variable. */
export type Scalar =
  | { readonly kind: "number"; readonly value: number; readonly dtype: DType }
  /** An index as an i32 value (iota). */
  | { readonly kind: "index"; readonly at: Index; readonly dtype: "i32" }
  /** One index a dimension; the plan's places give the address. */
  | {
      readonly kind: "load";
      readonly from: ValueId;
      readonly at: readonly Index[];
      readonly dtype: DType;
    }
  /** `select(condition, a, b)` must not evaluate loads of the branch not taken: its guard protects them.
   *  `cast` converts its argument to `dtype`. `rem` takes the sign of the divisor (floor modulo, as Python's %). */
  | {
      readonly kind: "apply";
      readonly op: ScalarOp;
      readonly args: readonly Scalar[];
      readonly dtype: DType;
    }
  /** 0 ≤ at ≤ last. */
  | { readonly kind: "within"; readonly at: Index; readonly last: number; readonly dtype: "bool" }
  /** at is divisible by `by`. */
  | { readonly kind: "even"; readonly at: Index; readonly by: number; readonly dtype: "bool" }
  /** Uniform in [0, 1) of element `at` (runtime/random.ts: uniformAt). */
  | {
      readonly kind: "random";
      readonly at: Index;
      readonly key: readonly [number, number];
      readonly seed: Scalar;
      readonly step: Scalar;
      readonly dtype: "f32";
    }
  /** The final value of an accumulator of an earlier pass; in a contraction slot 0 is the sum of products, others are
   *  sums of one operand. */
  | { readonly kind: "accumulator"; readonly slot: number; readonly dtype: DType };

export interface Store {
  readonly to: ValueId;
  readonly at: readonly Index[];
  readonly value: Scalar;
}

/** `first`: the position (an i32 expression over inner axes) of the first largest or smallest value. */
export interface Accumulator {
  readonly slot: number;
  readonly kind: "sum" | "prod" | "max" | "min" | "argmax" | "argmin";
  readonly value: Scalar;
  /** For argmax and argmin: what is kept for the winner. */
  readonly position?: Index;
  readonly dtype: DType;
}

/** One sweep over the inner axes: accumulates, or stores at every point, or both. All loads of a point come before
 *  its first store. Its values may use accumulators of earlier passes. */
export interface Pass {
  readonly accumulators: readonly Accumulator[];
  readonly stores: readonly Store[];
}

interface Common {
  /** Short readable name, made of the graph's operators: `conv_0_bias_sigmoid`. */
  readonly name: string;
  readonly origins: readonly Origin[];
}

/** For every point of `parallel` (independent, any order): the passes in order, each over all `inner` points in
 *  row-major order; then the stores of `after` (at the parallel point alone). A map has no inner axes and one pass. */
export interface Loop extends Common {
  readonly kind: "loop";
  readonly parallel: readonly Axis[];
  readonly inner: readonly Axis[];
  readonly passes: readonly Pass[];
  readonly after: readonly Store[];
}

/** after(Σ_k a·b): axes classified by dependence: batch – in both operands and the output; m – only a; n – only b;
 *  k – summed. Guards and gathers may stand in a and b (evaluated in packing). `after` sees accumulator 0. */
export interface Contract extends Common {
  readonly kind: "contract";
  readonly batch: readonly Axis[];
  readonly m: readonly Axis[];
  readonly n: readonly Axis[];
  readonly k: readonly Axis[];
  readonly a: Scalar;
  readonly b: Scalar;
  readonly after: readonly Store[];
  /** At most one an operand. */
  readonly sums: readonly OperandSum[];
}

/** Also Σ_k of one operand (of type f32, without guards), for every batch and every row of its own: a by-product of
 *  packing. Its stores see accumulator `slot` ≥ 1 and the axes of batch and m (of a) or n (of b) alone; they may run
 *  before or after any store of another list. */
export interface OperandSum {
  readonly of: "a" | "b";
  readonly slot: number;
  readonly after: readonly Store[];
}

/** Deterministic scatter-add: `to` is zeroed, then for every point of `parallel` (columns) and, in sequence, of
 *  `ordered`: to[… row …] += value, if the row lies in [0, rows). */
export interface Scatter extends Common {
  readonly kind: "scatter";
  readonly parallel: readonly Axis[];
  readonly ordered: readonly Axis[];
  readonly row: Scalar;
  readonly rows: number;
  /** Indices of `to`; the axis `row` stands for the row. */
  readonly at: readonly Index[];
  readonly value: Scalar;
  readonly to: ValueId;
}

export type Kernel = Loop | Contract | Scatter;

// ---- the plan

/** Where a value's elements lie: element (i0, i1, …) at byte offset + elementBytes·Σ strides[d]·i_d.
 *  `row`: inside a loop step the counter t adds ((t + add) mod ring)·stride bytes. */
export interface Place {
  readonly buffer: number;
  readonly offset: number; // bytes within the one memory
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly row?: { readonly stride: number; readonly add: number; readonly ring: number };
}

export interface Buffer {
  readonly role: "persistent" | "input" | "output" | "temporary" | "scratch";
  readonly bytes: number;
  readonly offset: number;
  /** First and last step of the linear order in which its bytes are needed. */
  readonly live: readonly [number, number];
}

/** How a backend carries out a contraction, decided with the plan by sizes and strides: what is packed and how, which
 *  operand becomes the lanes, how the sum is cut. Backends keep more in it; the plan knows its memory, and people read it. */
export interface ContractLayout {
  readonly scratchBytes: number;
  /** Bytes of an operand that stays packed from the first step of a loop on, if one does. */
  readonly keptBytes?: number;
  /** For `--emit plan`. */
  readonly text: string;
}

/** The loop that a kernel stands in: the counter of its first step, and what its steps write. */
export interface Repeated {
  readonly first: number;
  readonly written: ReadonlySet<ValueId>;
}

/** Places have their strides; offsets come later. */
export type LayOutContract = (
  kernel: Contract,
  places: ReadonlyMap<ValueId, Place>,
  repeated: Repeated | undefined,
) => ContractLayout;

export interface Plan {
  readonly kernels: readonly Kernel[];
  readonly layouts: ReadonlyMap<Kernel, ContractLayout>;
  readonly buffers: readonly Buffer[];
  readonly places: ReadonlyMap<ValueId, Place>;
  /** `copy`, `fill` and `kernel` steps as in the artifact. */
  readonly steps: readonly import("../../runtime/artifact.ts").Step[];
  /** Values written before a run and read after it, by name. Updates of persistent tensors are not among the outputs. */
  readonly inputs: readonly { readonly name: string; readonly value: ValueId }[];
  readonly outputs: readonly { readonly name: string; readonly value: ValueId }[];
  /** Start of the arena (after the persistent region) and its size: inputs, outputs, temporaries, packing scratch. */
  readonly base: number;
  readonly arenaBytes: number;
  readonly scratch: { readonly offset: number; readonly bytes: number };
  /** Where what a contraction keeps packed over a loop lies. */
  readonly kept?: ReadonlyMap<Kernel, number>;
  /** Values written as parts of a concatenation → the whole that is read. */
  readonly wholes?: ReadonlyMap<ValueId, ValueId>;
  /** Values that share a buffer of rows: a carry of a loop with its start, what it becomes, and its stacks. */
  readonly rows?: readonly (readonly ValueId[])[];
  /** Carries and stacks of loops → the values that they are written as. */
  readonly sources?: ReadonlyMap<ValueId, readonly ValueId[]>;
  /** The kernel at whose time most bytes are live. */
  readonly peak: { readonly kernel: number; readonly bytes: number };
}
