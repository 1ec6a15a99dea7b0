// A diagnostic for a terminal: what is wrong, where, what it clashes with, and what to do.
//
//   error[syntax]: expected `,` or `)`, found `let`
//     --> lenet.dlm:12:17
//      |
//   12 |   let x = f(a, b
//      |                 ^ here
//   note: this `(` is still open
//     --> lenet.dlm:12:12
//      |
//   12 |   let x = f(a, b
//      |            -

import type { Diagnostic, Note } from "./diagnostic.ts";
import { columnAt, lineAt, lineText } from "./lines.ts";
import { formatSpan, type Span } from "./source.ts";
import { columnsOf, printable, tabWidth } from "./width.ts";

/** Colours, as picocolors names them. */
export interface Style {
  readonly bold: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly cyan: Paint;
  readonly green: Paint;
}

type Paint = (text: string) => string;

const asIs: Paint = (text) => text;

export const plainStyle: Style = {
  bold: asIs,
  red: asIs,
  yellow: asIs,
  blue: asIs,
  cyan: asIs,
  green: asIs,
};

/** Lines of code a frame shows of a span over several; of a longer one the first two and the last. */
const shownLines = 5;

/** Columns of code a frame shows of a very long line. */
const shownColumns = 140;

/** Several lines, without a line end after the last. */
export function renderDiagnostic(found: Diagnostic, style: Style = plainStyle): string {
  const paint = found.severity === "error" ? style.red : style.yellow;
  const spans = [found.span, ...found.notes.flatMap((note) => note.span ?? [])];
  const gutter = Math.max(...spans.map((span) => String(lastLine(span) + 1).length)) + 1;
  const heading = (kind: string, text: string, color: Paint): string =>
    `${style.bold(color(kind))}${indentRest(printable(`: ${text}`), kind.length + 2)}`;

  const lines = [
    style.bold(heading(`${found.severity}[${found.code}]`, found.message, paint)),
    ...frame(found.span, found.label, { gutter, mark: "^", paint, style }),
  ];
  for (const note of found.notes) {
    lines.push(heading("note", note.message, style.cyan));
    if (hasPlace(note)) {
      lines.push(...frame(note.span, undefined, { gutter, mark: "-", paint: style.cyan, style }));
    }
  }
  if (found.help !== undefined) lines.push(heading("help", found.help, style.green));
  if (found.fix !== undefined) {
    lines.push(heading("help", `did you mean ${found.fix.message}?`, style.green));
  }
  return lines.join("\n");
}

interface FrameLook {
  /** Columns before the bar. */
  readonly gutter: number;
  /** What underlines. */
  readonly mark: string;
  readonly paint: Paint;
  readonly style: Style;
}

function hasPlace(note: Note): note is Note & { readonly span: Span } {
  return note.span !== undefined;
}

function frame(span: Span, label: string | undefined, look: FrameLook): string[] {
  const { gutter, mark, paint, style } = look;
  const bar = (number: string, rest: string): string =>
    `${style.blue(`${number.padStart(gutter)} |`)}${rest === "" ? "" : ` ${rest}`}`;
  const lines = [`${" ".repeat(gutter)}${style.blue("-->")} ${printable(formatSpan(span))}`];
  lines.push(bar("", ""));

  const first = lineAt(span.file, span.start);
  const last = lastLine(span);
  for (let line = first; line <= last; line++) {
    if (last - first >= shownLines && line === first + 2) {
      lines.push(style.blue("...".padStart(gutter)));
      line = last;
    }
    const text = lineText(span.file, line);
    const indent = text.length - text.trimStart().length;
    const start = line === first ? columnAt(span.file, span.start) : indent;
    const end = line === last ? columnAt(span.file, span.end) : text.trimEnd().length;
    const { code, before, marked } = cut(text, start, end);
    lines.push(bar(String(line + 1), code));
    if (line !== last && marked === 0) continue;
    const underline = " ".repeat(before) + paint(mark.repeat(Math.max(1, marked)));
    const said = line === last && label !== undefined ? ` ${paint(printable(label))}` : "";
    lines.push(bar("", indentRest(underline + said, gutter + 3 + before)));
  }
  return lines;
}

/** The line that a span ends in; an end at the start of a line belongs to the line before. */
function lastLine({ file, start, end }: Span): number {
  return lineAt(file, end > start ? end - 1 : start);
}

/** What to print of a line, the columns before the marked part of it, and the columns of that part. */
function cut(
  text: string,
  start: number,
  end: number,
): { code: string; before: number; marked: number } {
  const shown = text.trimEnd();
  const from = columnsOf(shown) > shownColumns ? Math.max(0, start - shownColumns / 2) : 0;
  const to = columnsOf(shown) > shownColumns ? from + shownColumns : shown.length;
  const head = from > 0 ? "…" : "";
  const tail = to < shown.length ? "…" : "";
  const part = (a: number, b: number): string => shown.slice(Math.max(a, from), Math.min(b, to));
  return {
    code: head + printable(part(0, shown.length)).replaceAll("\t", " ".repeat(tabWidth)) + tail,
    // The mark may stand behind the end of the line, where something is missing.
    before: head.length + columnsOf(part(0, start)) + Math.max(0, start - shown.length),
    marked: columnsOf(part(start, end)),
  };
}

/** Indents all lines but the first. */
function indentRest(text: string, by: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(by)}`);
}
