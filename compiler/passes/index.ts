// The passes: one ordered list, and the driver that checks the graph after each and names the guilty one.

import { nearestName } from "../../grammar/diagnostic.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Graph } from "../ir/graph.ts";
import { assertValid, type VerifyOptions } from "../ir/verify.ts";
import { infer, operators } from "../ops/index.ts";
import { dropStopGradients } from "./drop-stop-gradients.ts";
import { foldConstants } from "./fold-constants.ts";
import { storeHalves } from "./halves/index.ts";
import { hoistProducts } from "./hoist-products.ts";
import { mergeCommon } from "./merge-common.ts";
import type { Pass } from "./pass.ts";
import { removeDead } from "./remove-dead.ts";
import { separateLoops } from "./separate-loops.ts";
import { simplifyAlgebra } from "./simplify/index.ts";
import { splitSums } from "./split-sums.ts";

export type { Pass } from "./pass.ts";

/** What is done before differentiation, so that the gradients gain by it too. */
export const earlyPasses: readonly Pass[] = [
  hoistProducts, // a product of all rows has one product of all rows as the gradient of its weight
];

/** The pipeline after it. Order matters; the reason stands beside each entry. */
export const passes: readonly Pass[] = [
  dropStopGradients, // first: a marker between two operators hides them from every rule
  foldConstants, // before simplifying: rules look for numbers
  simplifyAlgebra,
  mergeCommon, // after simplifying: equal terms now look equal
  splitSums, // after merging: equal sums are cut once
  removeDead, // what the others no longer need
  storeHalves, // in mixed precision alone; it looks at what would be stored, so the graph must be as it will be
  separateLoops, // last: the copies that it makes must not be merged
];

export interface OptimiseOptions {
  /** Checks the graph before the first pass and after each; on unless switched off. */
  readonly verify?: boolean;
  /** Stops after the pass of this name. */
  readonly after?: string;
  /** Mixed precision: products, activations and gradients in f16. */
  readonly halves?: boolean;
}

/** At which level graphs are when the passes see them, and what the operator table says. */
const verification: VerifyOptions = {
  level: "training",
  infer,
  levelOf: (op) => operators[op]?.level,
};

/** Runs the passes that come before differentiation, in order; `verify` as in `optimise`. */
export function prepare(
  graph: Graph,
  { verify = true }: Pick<OptimiseOptions, "verify"> = {},
): Graph {
  return runPasses(earlyPasses, graph, { verify });
}

/** Runs the passes in order. Throws InternalError if one breaks the graph, UserError if `after` names none. */
export function optimise(
  graph: Graph,
  { verify = true, after, halves = false }: OptimiseOptions = {},
): Graph {
  const early = earlyPasses.map((pass) => pass.name);
  const names = [...early, ...passes.map((pass) => pass.name)];
  if (after !== undefined && !names.includes(after)) throw unknownPass(after, names);
  if (after !== undefined && early.includes(after)) return graph;
  if (verify) assertValid(graph, "a stage before the passes", verification);
  const list = passes.map((pass) => (halves || pass !== storeHalves ? pass : without(pass)));
  return runPasses(list, graph, { verify, ...(after === undefined ? {} : { after }) });
}

function runPasses(list: readonly Pass[], graph: Graph, { verify, after }: OptimiseOptions): Graph {
  let current = graph;
  for (const pass of list) {
    const next = pass.run(current);
    if (verify && next !== current) assertValid(next, `the pass ${pass.name}`, verification);
    current = next;
    if (pass.name === after) break;
  }
  return current;
}

/** A place in the list where nothing happens. */
function without(pass: Pass): Pass {
  return { ...pass, run: (graph) => graph };
}

function unknownPass(name: string, names: readonly string[]): UserError {
  const near = nearestName(name, names);
  return new UserError(`there is no pass called ${name}`, {
    help: near === undefined ? `the passes are ${names.join(", ")}` : `is ${near} meant?`,
  });
}
