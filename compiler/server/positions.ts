// Offsets as an editor counts them: zero-based lines and UTF-16 columns.

import type { Position, Range } from "vscode-languageserver-types";

import { columnAt, lineAt, lineStarts } from "../../grammar/lines.ts";
import type { SourceFile, Span } from "../../grammar/source.ts";

export function positionOf(file: SourceFile, offset: number): Position {
  const at = Math.min(offset, file.text.length);
  return { line: lineAt(file, at), character: columnAt(file, at) };
}

export function rangeOf({ file, start, end }: Span): Range {
  return { start: positionOf(file, start), end: positionOf(file, end) };
}

/** The offset of a position; beyond the end of its line it is that end. */
export function offsetOf(file: SourceFile, { line, character }: Position): number {
  const starts = lineStarts(file);
  const start = starts[line] ?? file.text.length;
  const end = starts[line + 1] ?? file.text.length + 1;
  return Math.min(start + character, end - 1);
}
