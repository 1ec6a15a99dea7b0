// Lines of a source file. The table of their starts is made once for each file.

import type { SourceFile } from "./source.ts";

const tables = new WeakMap<SourceFile, readonly number[]>();

/** Offsets at which the lines start. */
export function lineStarts(file: SourceFile): readonly number[] {
  const known = tables.get(file);
  if (known) return known;
  const starts = [0];
  for (let at = file.text.indexOf("\n"); at >= 0; at = file.text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  tables.set(file, starts);
  return starts;
}

/** Zero-based number of the line that holds an offset. */
export function lineAt(file: SourceFile, offset: number): number {
  const starts = lineStarts(file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Zero-based distance of an offset from the start of its line. */
export function columnAt(file: SourceFile, offset: number): number {
  return offset - (lineStarts(file)[lineAt(file, offset)] ?? 0);
}

/** Text of a line without its end. */
export function lineText(file: SourceFile, line: number): string {
  const starts = lineStarts(file);
  const start = starts[line] ?? file.text.length;
  const next = starts[line + 1] ?? file.text.length + 1;
  return file.text.slice(start, next - 1).replace(/\r$/, "");
}
