// Kernels as groups, chosen by the bytes that they read and write: rules give a first answer, then single values are
// dropped (computed again at their readers) or kept (stored although cheap) while that saves traffic.

import type { Node } from "../ir/graph.ts";
import { groupValues } from "./group.ts";
import { bytesOfId, externalReads, writtenValues, type Group, type ValueTable } from "./groups.ts";
import type { ValueId } from "./kernel.ts";
import type { Outputs } from "./outputs.ts";
import { proposeDropped, proposeKept, type Proposals } from "./proposals.ts";
import { noChoices, type Choices } from "./storage.ts";
import { tabulate, type TableMemory } from "./table.ts";

export interface Formation {
  readonly choices: Choices;
  readonly table: ValueTable;
  readonly groups: readonly Group[];
  readonly written: ReadonlySet<ValueId>;
  /** Bytes that kernels read and write, every value once a kernel. */
  readonly traffic: number;
  /** What tables of other choices may reuse. */
  readonly memory: TableMemory;
}

const rounds = 3;
/** Proposals that are tried alone when all of them together were no gain. */
const singleTrials = 6;

export function formKernels(outputs: Outputs, fuse: boolean): Formation {
  let best = form(outputs, fuse, noChoices);
  if (!fuse) return best;
  const rejected = new Set<Node>();
  const open = (nodes: readonly Node[]): Node[] => nodes.filter((node) => !rejected.has(node));
  for (let round = 0; round < rounds; round++) {
    const before = best;
    const kept = open(proposeKept(best, outputs));
    best = adopt(outputs, best, { together: kept, alone: kept }, withKept, true, rejected);
    const dropped = proposeDropped(best, outputs, rejected);
    best = adopt(outputs, best, dropped, withDropped, false, rejected);
    if (best === before) break;
  }
  return best;
}

/** Takes all proposals if that saves traffic, else the first few one by one. */
function adopt(
  outputs: Outputs,
  old: Formation,
  { together, alone }: Proposals,
  change: (choices: Choices, nodes: readonly Node[]) => Choices,
  equalIsBetter: boolean,
  rejected: Set<Node>,
): Formation {
  if (together.length === 0) return old;
  const all = form(outputs, true, change(old.choices, together), old.memory);
  if (better(old, all, equalIsBetter) === all) return all;
  let best = old;
  for (const node of alone.slice(0, singleTrials)) {
    const single = form(outputs, true, change(best.choices, [node]), old.memory);
    const chosen = better(best, single, equalIsBetter);
    if (chosen === best) rejected.add(node);
    best = chosen;
  }
  return best;
}

function withKept({ dropped, kept }: Choices, nodes: readonly Node[]): Choices {
  return { dropped, kept: new Set([...kept, ...nodes]) };
}

function withDropped({ dropped, kept }: Choices, nodes: readonly Node[]): Choices {
  return { dropped: new Set([...dropped, ...nodes]), kept };
}

function better(old: Formation, next: Formation, equalIsBetter: boolean): Formation {
  if (next.traffic !== old.traffic) return next.traffic < old.traffic ? next : old;
  return equalIsBetter && next.groups.length <= old.groups.length ? next : old;
}

function form(
  outputs: Outputs,
  fuse: boolean,
  choices: Choices,
  memory: TableMemory = new Map(),
): Formation {
  const table = tabulate(outputs, fuse, choices, memory);
  const groups = groupValues(table, fuse);
  const written = writtenValues(groups, table, outputs.wanted);
  let traffic = 0;
  for (const id of written) traffic += bytesOfId(table, id);
  for (const group of groups)
    for (const id of externalReads(group, table)) traffic += bytesOfId(table, id);
  return { choices, table, groups, written, traffic, memory };
}
