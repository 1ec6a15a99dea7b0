// What an intrinsic is: its parameters, and what it builds.

import type { Span } from "../../../grammar/source.ts";
import type { DType } from "../../../runtime/types.ts";
import type { Context } from "../context.ts";
import type { GivenValue, Value } from "../values.ts";

export interface IntrinsicSetting {
  readonly name: string;
  /** Absent: it must be given. */
  readonly default?: Value;
}

export interface Intrinsic {
  readonly name: string;
  readonly settings: readonly IntrinsicSetting[];
  readonly inputs: readonly string[];
  /** How many inputs must be given; all where absent. */
  readonly required?: number;
  /** More inputs than are named may be given. */
  readonly variadic?: boolean;
  /** Works on numbers too: unnamed arguments are always inputs. */
  readonly numeric?: boolean;
  /** Takes named ints besides its settings. */
  readonly openNames?: boolean;
  /** `f32`, …: also a value of type `dtype`. */
  readonly dtype?: DType;
  /** Gives its value, or an error value after reporting. */
  readonly build: (call: IntrinsicCall) => Value;
}

/** One application of an intrinsic. */
export interface IntrinsicCall {
  readonly ctx: Context;
  readonly span: Span;
  readonly name: string;
  /** In order; those not given are `none`. */
  readonly inputs: readonly Value[];
  /** Everything given by name or filled in. */
  readonly settings: ReadonlyMap<string, GivenValue>;
}

export function input(call: IntrinsicCall, position: number): Value {
  return call.inputs[position] ?? { kind: "none" };
}

export function setting(call: IntrinsicCall, name: string): Value {
  return call.settings.get(name)?.value ?? { kind: "none" };
}

/** Where a setting was given, else the call. */
export function settingSpan(call: IntrinsicCall, name: string): Span {
  return call.settings.get(name)?.span ?? call.span;
}

/** "the input `x` of `sum`". */
export function inputName(call: IntrinsicCall, name = "x"): string {
  return `the input \`${name}\` of \`${call.name}\``;
}
