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
  "rank-mismatch": row<{ what: string; expected: string; found: string }>(
    "error",
    ({ what, expected, found }) => `${what}: expected ${expected}, found ${found}`,
    "A tensor has more or fewer axes than the operation can work with.",
  ),
  "axis-out-of-range": row<{ axis: number; shape: string }>(
    "error",
    ({ axis, shape }) => `axis ${axis} does not exist in a tensor of shape ${shape}`,
    "Axes count from 0, or from the end with negative numbers.",
  ),
  "dtype-mismatch": row<{ what: string; expected: string; found: string }>(
    "error",
    ({ what, expected, found }) => `${what}: expected ${expected}, found ${found}`,
    "The element type does not fit. `f32(x)`, `i32(x)` and so on convert.",
  ),
  "uneven-division": row<{ dividend: string; divisor: string }>(
    "error",
    ({ dividend, divisor }) => `${dividend} / ${divisor} does not come out even`,
    "`/` between integers is exact; `div(a, b)` rounds down.",
  ),
  "value-out-of-range": row<{ what: string; value: string; expected: string }>(
    "error",
    ({ what, value, expected }) => `${what} is ${value}, but must be ${expected}`,
    "A setting has a value that the operation cannot work with.",
  ),
  "not-yet": row<{ what: string }>(
    "error",
    ({ what }) => `${what} is part of the language, but this version does not run it yet`,
    "The front accepts the whole language; some stages still lack parts of it.",
  ),
} as const;

export type Code = keyof typeof diagnosticTable;
export type DiagnosticArguments<C extends Code> = Parameters<(typeof diagnosticTable)[C]["message"]>[0];
