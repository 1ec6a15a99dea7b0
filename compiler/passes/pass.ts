// What a pass is: a name for `--after`, a sentence for `--help`, and a function from graph to graph.

import type { Graph } from "../ir/graph.ts";

export interface Pass {
  readonly name: string;
  readonly summary: string;
  readonly run: (graph: Graph) => Graph;
}
