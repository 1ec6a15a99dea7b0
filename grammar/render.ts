// A diagnostic for a terminal: what is wrong, where, what it clashes with, and what to do.
//
//   error[syntax]: expected `,` or `)`, found `let`
//     --> lenet.dlm:12:17
//      |
//   12 |   let x = f(a, b
//      |            -    ^
//      |            this `(` is still open
//
// A note about another line has a frame of its own.

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

  const beside = found.notes.filter((note) => sharesLine(note, found.span));
  const lines = [
    style.bold(heading(`${found.severity}[${found.code}]`, found.message, paint)),
    ...frame(found.span, found.label, { gutter, mark: "^", paint, style }, beside),
  ];
  for (const note of found.notes) {
    if (beside.includes(note)) continue;
    lines.push(heading("note", note.message, style.cyan));
    if (note.span === undefined) continue;
    lines.push(...frame(note.span, undefined, { gutter, mark: "-", paint: style.cyan, style }));
  }
  const { help, fix } = found;
  if (help !== undefined) lines.push(heading("help", help, style.green));
  if (fix !== undefined && help?.includes(fix.message) !== true) {
    lines.push(heading("help", `did you mean ${fix.message}?`, style.green));
  }
  return lines.join("\n");
}

/** Whether a note can be shown in the frame of a span: on the same line, the two apart. */
function sharesLine({ span: other }: Note, span: Span): boolean {
  if (other === undefined || other.file !== span.file) return false;
  const lines = [span, other].flatMap((each) => [lineAt(each.file, each.start), lastLine(each)]);
  if (new Set(lines).size > 1 || lineText(span.file, lines[0] ?? 0).length > shownColumns)
    return false;
  return other.end <= span.start || span.end <= other.start;
}

interface FrameLook {
  /** Columns before the bar. */
  readonly gutter: number;
  /** What underlines. */
  readonly mark: string;
  readonly paint: Paint;
  readonly style: Style;
}

/** The lines of a span with marks under them. Notes about the same line are marked beside it. */
function frame(
  span: Span,
  label: string | undefined,
  look: FrameLook,
  beside: readonly Note[] = [],
): string[] {
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

    const marks: Mark[] = [
      { before, marked, mark, paint, text: line === last ? label : undefined },
    ];
    for (const { span: other, message } of beside) {
      if (other === undefined) continue;
      const place = cut(text, columnAt(other.file, other.start), columnAt(other.file, other.end));
      marks.push({ ...place, mark: "-", paint: style.cyan, text: message });
    }
    lines.push(...markLines(marks).map((marking) => bar("", marking)));
  }
  return lines;
}

interface Mark {
  readonly before: number;
  readonly marked: number;
  readonly mark: string;
  readonly paint: Paint;
  readonly text: string | undefined;
}

/** Marks on one line, the text of the first behind it where there is room, the other texts below. */
function markLines(marks: readonly Mark[]): string[] {
  let line = "";
  let columns = 0;
  for (const { before, marked, mark, paint } of marks.toSorted((a, b) => a.before - b.before)) {
    const width = Math.max(1, marked);
    line += " ".repeat(Math.max(0, before - columns)) + paint(mark.repeat(width));
    columns = before + width;
  }
  const lines = [line];
  for (const { before, marked, paint, text } of marks) {
    if (text === undefined) continue;
    const inline = lines.length === 1 && before + Math.max(1, marked) === columns;
    const said = printable(text).split("\n");
    if (inline) lines[0] += ` ${paint(said.shift() ?? "")}`;
    const indent = " ".repeat(inline ? columns + 1 : before);
    lines.push(...said.map((each) => indent + paint(each)));
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
