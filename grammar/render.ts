// A diagnostic for a terminal: what is wrong, where, what it clashes with, and what to do.
//
//   error[syntax]: expected `,` or `)`, found `let`
//      ┌─ lenet.dlm:12:19
//   12 │   let x = f(a, b
//      │            -    ^ expected here
//      │            │
//   …

import type { Diagnostic, Note } from "./diagnostic.ts";
import { columnAt, lineAt, lineText } from "./lines.ts";
import { formatSpan, type Span } from "./source.ts";
import { columnsOf, tabWidth } from "./width.ts";

/** Colours, as picocolors names them. Without any the text is plain. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly green: (text: string) => string;
}

const asIs = (text: string): string => text;

export const plainStyle: Style = {
  bold: asIs,
  red: asIs,
  yellow: asIs,
  blue: asIs,
  cyan: asIs,
  green: asIs,
};

type Paint = (text: string) => string;

/** Several lines without a line end after the last. */
export function renderDiagnostic(found: Diagnostic, style: Style = plainStyle): string {
  const paint = found.severity === "error" ? style.red : style.yellow;
  const title = `${style.bold(paint(`${found.severity}[${found.code}]`))}${style.bold(`: ${found.message}`)}`;
  const placed = found.notes.filter(hasPlace);
  const gutter = gutterWidth([found.span, ...placed.map((note) => note.span)]);
  const lines = [title, ...frame(found.span, found.label, gutter, "^", paint, style)];
  for (const note of found.notes) {
    lines.push(remark("note", note.message, gutter, style.cyan, style));
    if (hasPlace(note)) lines.push(...frame(note.span, undefined, gutter, "-", style.cyan, style));
  }
  if (found.help !== undefined) lines.push(remark("help", found.help, gutter, style.green, style));
  if (found.fix !== undefined) {
    const text = `did you mean ${found.fix.message}?`;
    lines.push(remark("help", text, gutter, style.green, style));
  }
  return lines.join("\n");
}
