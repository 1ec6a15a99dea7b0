// Where a node comes from, as text.

import { formatSpan } from "../../grammar/source.ts";
import type { Origin } from "./graph.ts";

/** `path:line:column`, and the chain of layers if there is one. */
export function formatOrigin(origin: Origin): string {
  const place = formatSpan(origin.span);
  return origin.blocks.length === 0 ? place : `${place} (${origin.blocks.join(" > ")})`;
}
