// Every diagnostic of the language, one row each: slug, severity, message, and a longer explanation with an example
// of the mistake and its cure. One more diagnostic is one row here and one annotated program in test/diagnostics/.

interface Row<A> {
  readonly severity: "error" | "warning";
  readonly message: (args: A) => string;
  readonly explain: string;
}

function row<A>(severity: Row<A>["severity"], message: Row<A>["message"], explain: string): Row<A> {
  return { severity, message, explain };
}

export const diagnosticTable = {
  "syntax": row<{ found: string; expected: string }>(
    "error",
    ({ found, expected }) => `expected ${expected}, found ${found}`,
    "The text does not follow the grammar at this place.",
  ),
  "unexpected-character": row<{ text: string }>(
    "error",
    ({ text }) => `unexpected character ${JSON.stringify(text)}`,
    "This character has no meaning in the language outside strings and comments.",
  ),
  "unterminated-string": row<Record<never, never>>(
    "error",
    () => "this string is not closed",
    'A string starts and ends with `"` on one line.',
  ),
  "unknown-name": row<{ name: string }>(
    "error",
    ({ name }) => `nothing is called \`${name}\` here`,
    "Names come from the body, the inputs and settings, the file, its imports and the standard library.",
  ),
  "shape-mismatch": row<{ what: string; left: string; right: string }>(
    "error",
    ({ what, left, right }) => `${what}: ${left} and ${right} do not fit`,
    "Two shapes that must agree differ in a dimension.",
  ),
  "not-yet": row<{ what: string }>(
    "error",
    ({ what }) => `${what} is part of the language, but this version does not run it yet`,
    "The front accepts the whole language; some stages still lack parts of it.",
  ),
} as const;

export type Code = keyof typeof diagnosticTable;
export type DiagnosticArguments<C extends Code> = Parameters<(typeof diagnosticTable)[C]["message"]>[0];
