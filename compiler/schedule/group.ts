// Which values share a kernel.

import type { Node } from "../ir/graph.ts";
import { singleGroup, type Group, type ValueTable } from "./groups.ts";

export function groupValues(
  table: ValueTable,
  _wanted: ReadonlySet<Node>,
  _fuse: boolean,
): Group[] {
  return table.computed.map((value, id) => singleGroup(id, value));
}
