// Decoding without reading the prefix again: from a model on prefixes of a known length to two programs, `begin`, which
// works out once what is not made of the tokens, and `step`, which takes one token more. Keys and values, carries of
// loops and an encoder's result are kept between steps in persistent tensors. What a model is made of does not
// matter: this works on primitives. `docs/decoding.md` tells the story.

import type { Graph } from "../ir/graph.ts";
import { newBuilder } from "../ops/index.ts";
import { lower } from "../ops/lower.ts";
import { latest } from "./at.ts";
import { createCausalTable } from "./causal.ts";
import { createFutureTable } from "./future.ts";
import { pairGraphs } from "./pairs.ts";
import { Refusal } from "./refusal.ts";
import { createStates, type KeptState } from "./states.ts";
import { createStep } from "./step.ts";

export interface KeepRequest {
  /** The model in evaluation mode for so many sequences on prefixes of a length, every size known: its one output
   *  [rows, vocabulary] is the scores at the last place. Undefined where it takes no such prefix. */
  readonly graph: (length: number, rows: number) => Graph | undefined;
  /** The longest prefix. */
  readonly length: number;
  /** Sequences that grow side by side. */
  readonly rows: number;
  /** The input that grows, i32 [rows, length]. */
  readonly grows: string;
  /** Begins the paths of all states. */
  readonly prefix: string;
}

export interface Kept {
  /** Takes the model's other fields; fills the states. */
  readonly begin: Graph;
  /** Takes the growing input as [rows, 1] and `$position`; gives `last` [rows, vocabulary]. */
  readonly step: Graph;
  /** Takes `from` i32 [rows]: every sequence goes on from another one. Empty for one sequence. */
  readonly reorder: Graph;
  readonly states: readonly KeptState[];
}

/** The programs that keep states, or why the whole prefix must be read for every token. */
export function keepStates(request: KeepRequest): Kept | { readonly refusal: string } {
  const { length, rows, grows, prefix } = request;
  if (length < 3) return { refusal: "the prefix is too short to be worth it" };
  const graph = lowered(request, length, rows);
  const shorter = lowered(request, length - 1, rows);
  // One row alone is never reordered, and sizes of 1 are made otherwise.
  const wider = rows === 1 ? undefined : lowered(request, length, rows + 1);
  const [first] = graph?.outputs ?? [];
  if (!graph || !shorter || !first) return { refusal: "the model does not take every length" };
  try {
    const paired = pairGraphs({ graph, shorter, wider, length, grows });
    const builder = newBuilder(first.node.origin);
    const states = createStates({ builder, rows, grows, prefix });
    const futures = createFutureTable();
    const causal = createCausalTable(paired, futures);
    const { part } = createStep({ paired, futures, causal, states, builder });
    const node = part(paired.root, latest(paired.root));
    const step = states.step([{ name: "last", role: "result", node }]);
    return { begin: states.begin(), step, reorder: states.reorder(), states: states.kept };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { refusal: thrown.message };
    throw thrown;
  }
}

function lowered({ graph }: KeepRequest, length: number, rows: number): Graph | undefined {
  const found = graph(length, rows);
  return found && lower(found);
}
