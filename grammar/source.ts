// Source text and places in it. Every later stage speaks about the program through these spans.

/** A named text. `path` is what diagnostics print: relative to where the user stands, or `<stdlib>/name.dlm`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A half-open range of UTF-16 offsets in one file. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** One-based line and column (in UTF-16 units) of an offset. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionAt(file: SourceFile, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (
    let at = file.text.indexOf("\n");
    at >= 0 && at < offset;
    at = file.text.indexOf("\n", at + 1)
  ) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** `path:line:column` of the start of a span. */
export function formatSpan(span: Span): string {
  const { line, column } = positionAt(span.file, span.start);
  return `${span.file.path}:${line}:${column}`;
}

/** The smallest span that covers both; they must lie in the same file. */
export function joinSpans(first: Span, last: Span): Span {
  return {
    file: first.file,
    start: Math.min(first.start, last.start),
    end: Math.max(first.end, last.end),
  };
}
