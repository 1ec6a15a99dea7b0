// What the thread that trains and a thread that makes batches tell each other. Batches lie in slots that both see; a few
// words count how many were filled and how many are done with, so that no message is needed as long as nobody waits.

import { elementBytes, sizeOf, type TypedArray } from "../types.ts";
import type { FieldSpec, Mode } from "./batches.ts";
import type { DatasetColumn } from "./columns.ts";
import type { ExamplePrograms } from "./example-programs.ts";

/** Sent once, first. */
export interface OpenMessage {
  readonly kind: "open";
  readonly count: number;
  readonly rowSeed?: number;
  readonly columns: ReadonlyMap<string, DatasetColumn>;
  readonly fields: readonly FieldSpec[];
  readonly augmented: boolean;
  readonly seed: number;
  readonly allowMissing?: boolean;
  readonly programs: ExamplePrograms;
  /** Fitted states by path. */
  readonly fitted: ReadonlyMap<string, TypedArray>;
}

/** Asks for the batches of a pass whose number is `thread` modulo `threads`, in order. */
export interface PassMessage {
  readonly kind: "pass";
  readonly pass: number;
  readonly rows: Int32Array;
  readonly batch: number;
  readonly mode: Mode;
  readonly epoch: number;
  readonly thread: number;
  readonly threads: number;
  readonly slots: readonly SharedArrayBuffer[];
  readonly words: SharedArrayBuffer;
}

/** Indices into the words of a pass. */
export const word = {
  /** Batches that lie in slots or lay there before. */
  filled: 0,
  /** Batches that the reader is done with: their slots are free. */
  done: 1,
  /** 1 while the reader sleeps until something is filled. */
  waiting: 2,
  /** 1 once nobody wants the rest of the pass. */
  stopped: 3,
} as const;

export const wordsBytes = 4 * Object.keys(word).length;

export type Answer =
  | { readonly kind: "ready" }
  /** To a reader that was waiting. */
  | { readonly kind: "filled"; readonly pass: number }
  /** The next batch of the pass cannot be made. */
  | { readonly kind: "failed"; readonly pass: number; readonly failure: Failure };

/** An error on its way between threads. */
export interface Failure {
  readonly message: string;
  readonly isUsers: boolean;
  readonly place?: string;
  /** The example it is about, whose place the other thread knows. */
  readonly row?: number;
  readonly help?: string;
  readonly stack?: string;
}

/** Bytes of a slot for batches of `batch` examples. */
export function slotBytes(fields: readonly FieldSpec[], batch: number): number {
  return fields.reduce((sum, field) => sum + fieldBytes(field, batch), 0);
}

/** The fields of `size` examples in a slot for `batch`. */
export function slotViews(
  slot: SharedArrayBuffer,
  fields: readonly FieldSpec[],
  batch: number,
  size: number,
): Record<string, TypedArray> {
  const views: Record<string, TypedArray> = {};
  let at = 0;
  for (const field of fields) {
    views[field.name] = viewOf(slot, field, at, size * sizeOf(field.shape));
    at += fieldBytes(field, batch);
  }
  return views;
}

function fieldBytes({ dtype, shape }: FieldSpec, batch: number): number {
  return Math.ceil((batch * elementBytes[dtype] * sizeOf(shape)) / 8) * 8;
}

function viewOf(
  slot: SharedArrayBuffer,
  { dtype }: FieldSpec,
  at: number,
  length: number,
): TypedArray {
  switch (dtype) {
    case "f32":
      return new Float32Array(slot, at, length);
    case "f16":
      return new Uint16Array(slot, at, length);
    case "i32":
      return new Int32Array(slot, at, length);
    case "u8":
    case "bool":
      return new Uint8Array(slot, at, length);
    default:
      return dtype satisfies never;
  }
}
