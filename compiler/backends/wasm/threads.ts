// How the threads of a session share a kernel's work: every thread runs the same code over its own range of a count.
// Where a range begins depends on the count of threads, what is computed for an element does not.

import { bind, type Block } from "./block.ts";
import { apply, i32, type Expr } from "./ir.ts";

export interface Threads {
  /** Most that will run the code; 1 where it is compiled for one alone. */
  readonly most: number;
  /** This thread's number and how many there are, i32. */
  readonly number: Expr;
  readonly count: Expr;
}

export interface Share {
  readonly from: Expr;
  readonly to: Expr;
  /** Whether a thread may get nothing. */
  readonly maybeEmpty: boolean;
}

/** One thread's part of `count` pieces of work. */
export function shareOf(block: Block, threads: Threads, count: number | Expr): Share {
  const all = typeof count === "number" ? i32(count) : count;
  if (threads.most === 1) return { from: i32(0), to: all, maybeEmpty: false };
  const bound = (number: Expr): Expr =>
    apply("i32.div_u", [apply("i32.mul", [number, all]), threads.count]);
  const next = apply("i32.add", [threads.number, i32(1)]);
  return {
    from: bind(block, bound(threads.number), "from"),
    to: bind(block, bound(next), "to"),
    maybeEmpty: true,
  };
}
