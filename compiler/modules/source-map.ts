// The source map of a module (https://tc39.es/ecma426): every kernel's lines lead to the line of the `.dlm` file that it
// came from. Kernels say where that is themselves, in the comment above them or in the list of their names.

/** `file:line:column` at the end of a kernel's comment, or as its `place`. */
const commented = /^\s*\/\/ \S.* {2}(.+):(\d+):(\d+)$/;
const listed = /\bplace: "(.+):(\d+):(\d+)"/;

interface Mapping {
  readonly line: number;
  readonly source: number;
  readonly sourceLine: number;
  readonly sourceColumn: number;
}

/** The map of a formatted module; `textOf` gives a source file's text, where it is known. */
export function sourceMap(
  file: string,
  text: string,
  textOf: (path: string) => string | undefined,
): string {
  const sources: string[] = [];
  const mappings: Mapping[] = [];
  let current: Omit<Mapping, "line"> | undefined;
  for (const [line, content] of text.split("\n").entries()) {
    const comment = commented.exec(content);
    const found = comment ?? listed.exec(content);
    const isEnd = /^\s*\],?;?$/.test(content) || /^\S/.test(content);
    if (found) {
      const [, path = "", sourceLine = "1", sourceColumn = "1"] = found;
      if (!sources.includes(path)) sources.push(path);
      current = {
        source: sources.indexOf(path),
        sourceLine: Number(sourceLine) - 1,
        sourceColumn: Number(sourceColumn) - 1,
      };
    } else if (isEnd) current = undefined;
    if (current) mappings.push({ line, ...current });
    if (!comment && found) current = undefined;
  }
  return JSON.stringify({
    version: 3,
    file,
    sources,
    sourcesContent: sources.map((path) => textOf(path) ?? null),
    names: [],
    mappings: encode(mappings),
  });
}

/** One segment a line: each number as its difference from the one before, in base 64 with five bits a digit. */
function encode(mappings: readonly Mapping[]): string {
  const lines: string[] = [];
  let before: Mapping = { line: 0, source: 0, sourceLine: 0, sourceColumn: 0 };
  for (const mapping of mappings) {
    while (lines.length < mapping.line) lines.push("");
    lines.push(
      [
        0,
        mapping.source - before.source,
        mapping.sourceLine - before.sourceLine,
        mapping.sourceColumn - before.sourceColumn,
      ]
        .map(digits)
        .join(""),
    );
    before = mapping;
  }
  return lines.join(";");
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function digits(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += alphabet[rest > 0 ? digit | 32 : digit] ?? "";
  } while (rest > 0);
  return text;
}
