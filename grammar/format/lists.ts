// What stands between brackets, parted by commas.

import { builders, utils } from "prettier/doc";
import type { Closing, Doc, Row } from "./row.ts";

const { fill, group, hardline, ifBreak, indent, join, line, softline } = builders;

export interface ListStyle<T> {
  readonly open: "(" | "[" | "{";
  readonly close: ")" | "]" | "}";
  /** Blanks within the brackets. */
  readonly padded?: boolean;
  /** Where the author broke the line behind the opening bracket, the lines between the items stay as they are too. */
  readonly keepsLines?: boolean;
  /** As many items on a line as fit. */
  readonly packed?: boolean;
  /** An only item needs its comma: `(1,)`. */
  readonly onlyComma?: boolean;
  /** Whether an item of several lines may stand directly within the brackets: `f(x => {`. */
  readonly hugs?: (item: T) => boolean;
}

interface Read {
  readonly gaps: readonly Doc[];
  readonly docs: readonly Doc[];
  readonly closing: Closing;
  readonly opening: Doc;
}

export function printList<T>(
  row: Row,
  items: readonly T[],
  print: (item: T) => Doc,
  style: ListStyle<T>,
): Doc {
  const { open, close, padded = false, packed = false, onlyComma = false } = style;
  const edge = padded ? line : softline;
  const opening = row.take(open);
  const isApart = row.isOnNewLine; // the author set the first item on a line of its own
  const isOpened = (style.keepsLines ?? false) && items.length > 0 && isApart;
  let hasComments = row.hasComments;
  const gaps: Doc[] = [];
  const docs: Doc[] = [];
  for (const item of items) {
    const between = isOpened && row.isOnNewLine ? hardline : line;
    gaps.push(row.gap(docs.length === 0 ? edge : between));
    docs.push(print(item));
    hasComments ||= row.hasComments;
    if (row.at(",")) row.skip();
    hasComments ||= row.hasComments;
  }
  const closing = row.closingGap(edge);
  const read: Read = { gaps, docs, closing, opening };
  const end = row.take(close);
  if (items.length === 0) return [opening, indent(closing.inner), hasComments ? hardline : "", end];
  const comma = onlyComma && items.length === 1 ? "," : ifBreak(",");
  if (!hasComments && !isApart && style.hugs && isHugged(items, docs, style.hugs)) {
    return [opening, join(", ", docs), comma === "," ? "," : "", end];
  }
  const body = packed || isOpened ? printPacked(read) : printSpread(read);
  return group([opening, indent([body, comma, closing.inner]), closing.outer, end], {
    shouldBreak: isOpened,
  });
}

/** True where one item alone takes several lines, or may do so, and reads well directly within the brackets. */
function isHugged<T>(items: readonly T[], docs: readonly Doc[], hugs: (item: T) => boolean) {
  const broken = docs.flatMap((doc, index) => (utils.willBreak(doc) ? [index] : []));
  const only = broken.length === 1 ? broken[0] : docs.length === 1 ? 0 : undefined;
  const item = only === undefined ? undefined : items[only];
  return item !== undefined && hugs(item);
}

function printSpread({ gaps, docs }: Read): Doc {
  return docs.map((doc, index) => [index === 0 ? "" : ",", gaps[index] ?? "", doc]);
}

function printPacked({ gaps, docs }: Read): Doc {
  const parts = docs.flatMap((doc, index) => {
    const item = index < docs.length - 1 ? [doc, ","] : doc;
    return index === 0 ? [item] : [gaps[index] ?? "", item];
  });
  return [gaps[0] ?? "", fill(parts)];
}
