// The report on a data declaration as lines for a terminal, tables where they fit and lists where they do not.

import { visibleToken } from "../../runtime/data/text/visible.ts";
import type { DataReport, FieldReport } from "../api/data-report.ts";
import type { TokenReport } from "../api/token-report.ts";
import { formatBytes, groupDigits } from "./context.ts";
import { displayWidth, formatTable } from "./table.ts";

const mostClasses = 30;

/** Lines at most `width` columns wide, as far as names allow. */
export function reportLines(report: DataReport, width: number): string[] {
  const prose = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => wrapped(line, width));
  return [
    ...prose([headLine(report), ...splitLines(report)]),
    "",
    ...fieldLines(report, width),
    ...report.fields.flatMap((field) => classLines(field, report, width)),
    ...prose(missingLines(report)),
    ...report.tokens.flatMap((one) => tokenLines(one, width)),
    "",
    ...prose(duplicateLines(report)),
  ];
}

/** A line broken between words where it is too long; what follows is indented by two. */
function wrapped(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.trimStart().split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    const indent = lines.length > 0 || line.startsWith(" ") ? 2 : 0;
    if (current !== "" && indent + displayWidth(longer) > width) {
      lines.push(`${" ".repeat(indent)}${current}`);
      current = word;
    } else {
      current = longer;
    }
  }
  const indent = lines.length > 0 || line.startsWith(" ") ? 2 : 0;
  return [...lines, current === "" ? "" : `${" ".repeat(indent)}${current}`];
}

function headLine({ data, reader, files }: DataReport): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const number = files.reduce((sum, { files: below = 1 }) => sum + below, 0);
  if (files.length === 0) return `${data}: ${reader}, which needs no files`;
  return `${data}: ${reader}, ${plural(number, "file")}, ${formatBytes(bytes)}`;
}

function splitLines({ splits, dimensions, augmented }: DataReport): string[] {
  const counts = Object.entries(splits).map(([name, count]) => `${groupDigits(count)} ${name}`);
  const open = Object.entries(dimensions).map(([name, value]) => `${name} = ${value}`);
  return [
    `${counts.join(", ")} examples`,
    ...(open.length > 0 ? [`dimensions that the data tell: ${open.join(", ")}`] : []),
    ...(augmented
      ? ["training draws or sees other values than evaluation; the figures are evaluation's"]
      : []),
  ];
}

function fieldLines({ fields }: DataReport, width: number): string[] {
  const header = ["field", "type", "min", "max", "mean", "deviation", "missing"];
  const rows = fields.flatMap((field) => {
    const own = fieldCells(field);
    const channels = (field.channels ?? []).map((one, i) => [
      `  channel ${i}`,
      "",
      ...[one.min, one.max, one.mean, one.deviation].map(short),
      "",
    ]);
    return [own, ...channels];
  });
  const kept = rows.some((row) => row[6] !== "") ? 7 : 6;
  return fitted(
    header.slice(0, kept),
    rows.map((row) => row.slice(0, kept)),
    [false, false, true, true, true, true, true],
    width,
  );
}

function fieldCells({ name, dtype, shape, train, missing, classes }: FieldReport): string[] {
  const gone = Object.values(missing).reduce((sum, n) => sum + n, 0);
  const spread = classes
    ? ["", ""]
    : [train?.mean, train?.deviation].map((v) => (v === undefined ? "" : short(v)));
  return [
    name,
    `${dtype}[${shape.join(", ")}]`,
    ...[train?.min, train?.max].map((v) => (v === undefined ? "" : short(v))),
    ...spread,
    gone === 0 ? "" : groupDigits(gone),
  ];
}

function classLines(
  { name, classes }: FieldReport,
  { splits }: DataReport,
  width: number,
): string[] {
  if (!classes || classes.length < 2) return [];
  const named = classes.some((one) => one.name !== undefined);
  const parts = Object.keys(splits);
  const rows = classes
    .slice(0, mostClasses)
    .map(({ value, name: text, counts }) => [
      named ? `${value} ${text ?? ""}` : String(value),
      ...parts.map((split) => groupDigits(counts[split] ?? 0)),
    ]);
  const right = [!named, ...parts.map(() => true)];
  const inTrain = classes.map(({ counts }) => counts["train"] ?? 0);
  const [most, least] = [Math.max(...inTrain), Math.min(...inTrain)];
  const balance =
    least === 0
      ? "some classes have no example to train on"
      : `the most frequent class is ${short(most / least)} times as frequent as the rarest in train`;
  return [
    "",
    ...fitted([name, ...parts], rows, right, width),
    ...(classes.length > mostClasses ? [`… and ${classes.length - mostClasses} more`] : []),
    ...wrapped(`${classes.length} classes: ${balance}`, width),
  ];
}

/** Longer examples are shown as far as this. */
const mostTokens = 60;

function tokenLines(
  { column, vocabulary, size, unknown, full, lengths, bytes, example }: TokenReport,
  width: number,
): string[] {
  const shares = Object.entries(unknown).map(([split, share]) => `${percent(share)} of ${split}`);
  const cut = full === undefined || full === 0 ? "" : `, ${percent(full)} of the texts fill it`;
  const long = lengths
    ? `, texts have ${lengths.least} to ${lengths.most} ids, half of them up to ${lengths.median}`
    : "";
  const dense = bytes === undefined ? "" : `, a token stands for ${bytes.toFixed(2)} bytes`;
  const shown = example.slice(0, mostTokens).map(visibleToken);
  return [
    "",
    ...wrapped(
      `${column} by \`${vocabulary}\`: ${groupDigits(size)} ids; unknown are ${shares.join(", ")}${dense}${cut}${long}`,
      width,
    ),
    ...wrapped(`  ${shown.join(" ")}${example.length > mostTokens ? " …" : ""}`, width),
  ];
}

function percent(share: number): string {
  return `${share > 0 && share < 0.0001 ? "under 0.01" : String(Number((100 * share).toFixed(2)))} %`;
}

function missingLines({ missing }: DataReport): string[] {
  const parts = Object.entries(missing).map(([name, count]) => `${name} ${groupDigits(count)}`);
  return parts.length === 0 ? [] : ["", `missing in the files: ${parts.join(", ")}`];
}

function duplicateLines({ duplicates }: DataReport): string[] {
  if (duplicates.length === 0) return ["no example occurs twice"];
  return duplicates.flatMap(({ splits: [a, b], count, contradicting, example }) => [
    `${plural(count, "example")} ${a === b ? `of ${a} repeat${count === 1 ? "s" : ""} an earlier one` : `of ${b} stand${count === 1 ? "s" : ""} in ${a} too`}${contradicting > 0 ? `, ${contradicting} with another class` : ""}`,
    `  for example ${example[1]} equals ${example[0]}`,
  ]);
}

/** The table, or where it is too wide a list: a row's name, then its other cells one a line. */
function fitted(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly boolean[],
  width: number,
): string[] {
  const lines = formatTable(header, rows, right);
  if (Math.max(...lines.map(displayWidth)) <= width) return lines;
  return rows.flatMap(([first = "", ...cells]) => [
    first,
    ...cells.flatMap((cell, i) => (cell === "" ? [] : [`    ${header[i + 1] ?? ""} ${cell}`])),
  ]);
}

/** Four digits, without an exponent where that reads well. */
function short(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

function plural(count: number, noun: string): string {
  return `${groupDigits(count)} ${noun}${count === 1 ? "" : "s"}`;
}
