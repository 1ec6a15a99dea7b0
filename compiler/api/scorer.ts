// How a decode declaration scores: with kept states where the model allows it, else on the whole prefix every time.

import { Reporter } from "../../grammar/diagnostic.ts";
import { createKeptState, type KeptPrograms } from "../../runtime/decode/kept-state.ts";
import type { Scorer } from "../../runtime/decode/scorer.ts";
import { createWholePrefix } from "../../runtime/decode/whole-prefix.ts";
import { UserError } from "../../runtime/errors.ts";
import { keepStates, type Kept } from "../decode/index.ts";
import type { DecodeUnit } from "../elaborate/unit.ts";
import type { Graph } from "../ir/graph.ts";
import { specialize } from "../ir/specialize.ts";
import { infer } from "../ops/index.ts";
import { selectOutput } from "../select.ts";
import type { Runner } from "./runner.ts";
import type { OpenedTraining } from "./train.ts";

export interface ScorerOptions {
  readonly rows: number;
  readonly vocabulary: number;
  /** The longest prefix. */
  readonly window: number;
  /** False: the whole prefix is read again for every token. */
  readonly keep?: boolean;
}

export interface OpenedScorer extends Scorer {
  /** What is kept between tokens; `refusal` says why nothing is, where it was wanted. */
  readonly keeps: { readonly states: number } | { readonly refusal: string } | "nothing";
  /** Compiles and loads what prefixes of these lengths need. */
  prepare(from: number, to: number): Promise<void>;
}

export function openScorer(
  { data, runner, unit: { batchDim } }: Pick<OpenedTraining, "unit" | "data" | "runner">,
  unit: DecodeUnit,
  { rows, vocabulary, window, keep = true }: ScorerOptions,
): OpenedScorer {
  const { grows, name } = unit;
  const common = { rows, vocabulary, window, grows, session: () => runner.session };
  const kept = keep ? keptGraphs(unit, { rows, window, dims: data.dims, batchDim }) : undefined;
  if (kept && !("refusal" in kept)) {
    const programs = (): Promise<KeptPrograms> => loadKept(runner, kept, `${name}@${rows}`, rows);
    const scorer = createKeptState({ ...common, programs });
    return {
      ...scorer,
      keeps: { states: kept.states.length },
      prepare: async () => void (await programs()),
    };
  }
  const program = (length: number): Promise<string> =>
    runner.load(`decode ${name} ${length}@${rows}`, () => lastOf(unit, length), rows);
  return {
    ...createWholePrefix({ ...common, program }),
    keeps: kept ?? "nothing",
    async prepare(from, to) {
      for (let length = from; length <= to; length++) await program(length);
    },
  };
}

/** The graphs that keep states, or why there are none. */
export function keptGraphs(
  unit: DecodeUnit,
  {
    rows,
    window,
    dims,
    batchDim,
  }: {
    readonly rows: number;
    readonly window: number;
    readonly dims: Readonly<Record<string, number>>;
    readonly batchDim: string;
  },
): ReturnType<typeof keepStates> {
  return keepStates({
    rows,
    length: window,
    grows: unit.grows,
    prefix: `decode.${unit.name}.`,
    graph: (length, count) => {
      const graph = unit.graph(length);
      const sizes = { ...dims, [batchDim]: count };
      return graph && specialize(selectOutput(graph, "last"), sizes, infer, new Reporter());
    },
  });
}

/** Loads the programs that share kept states. */
export async function loadKept(
  runner: Runner,
  { begin, step, reorder, states }: Kept,
  name: string,
  rows: number,
): Promise<KeptPrograms> {
  const load = (verb: string, graph: Graph): Promise<string> =>
    runner.load(`${verb} ${name}`, () => graph, rows, states);
  const programs = { begin: await load("begin", begin), step: await load("step", step) };
  return rows === 1 ? programs : { ...programs, reorder: await load("reorder", reorder) };
}

/** The model on prefixes of a length, for the scores of what comes next. */
export function lastOf(unit: DecodeUnit, length: number): Graph {
  const graph = unit.graph(length);
  if (graph) return selectOutput(graph, "last");
  throw new UserError(`the model takes no prefix of ${length} tokens`, {
    help: `\`window\` of \`${unit.name}\` may be too long for it`,
  });
}
