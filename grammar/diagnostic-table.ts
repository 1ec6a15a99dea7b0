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
  syntax: row<{ found: string; expected: string }>(
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
  "bad-escape": row<{ text: string }>(
    "error",
    ({ text }) => `\`${text}\` is no escape in a string`,
    'A string knows `\\n`, `\\t`, `\\"`, `\\\\` and `\\u{…}` with the number of a character in hexadecimal.',
  ),
  "number-out-of-range": row<{ text: string }>(
    "error",
    ({ text }) => `the number ${text} is too large to be exact`,
    "Integers are exact up to 9007199254740991, decimals end at about 1.8e308.",
  ),
  "foreign-syntax": row<{ text: string }>(
    "error",
    ({ text }) => `\`${text}\` is not part of the language`,
    "Other languages write it so; the help says what to write here: `a && b` is `a and b`, `# note` is `// note`.",
  ),
  "reserved-word": row<{ word: string }>(
    "error",
    ({ word }) => `\`${word}\` is a reserved word and cannot be a name`,
    "Reserved are let, return, if, then, else, and, or, not, true, false, none and list. Every other word may be a name.",
  ),
  "bare-expression": row<Record<never, never>>(
    "error",
    () => "an expression alone is no statement",
    "A result needs `return`, and a value that is used later needs a name: `let y = dense(10)(x)`, `return y`.",
  ),
  "bracket-mismatch": row<{ bracket: string }>(
    "error",
    ({ bracket }) => `this \`${bracket}\` closes nothing`,
    "Every closing bracket belongs to an opening one before it: `f((a + b)` lacks one, `f(a))` has one too many.",
  ),
  "bad-pattern": row<Record<never, never>>(
    "error",
    () => "before `=>` stands a name or a tuple of names",
    "A lambda names what it is given: `x => x + 1`, `(x, h) => (h, h)`. A lambda inside a larger expression needs parentheses.",
  ),
  "chained-comparison": row<Record<never, never>>(
    "error",
    () => "comparisons do not chain",
    "`0 < x < 1` is written `0 < x and x < 1`.",
  ),
  "needs-parentheses": row<{ what: string }>(
    "error",
    ({ what }) => `${what} needs parentheses here`,
    "`not`, `if … then … else …` and lambdas bind loosely. Inside a tighter operator they stand in parentheses: `a == (not b)`.",
  ),
  "too-many-lists": row<Record<never, never>>(
    "error",
    () => "a block has at most two parameter lists",
    "Settings come first, inputs second: `block scale(by: float)(x: [n]) -> [n] = by * x`.",
  ),
  "too-deep": row<{ what: string }>(
    "error",
    ({ what }) => `${what} goes too deep`,
    "Brackets, bodies and operators nest up to a limit that no program written by hand reaches. Give a part a name with `let`.",
  ),
  "bad-rename": row<{ from: string; to: string }>(
    "error",
    ({ from, to }) => `"${from}" and "${to}" have different numbers of \`*\``,
    'In `rename` each `*` on the right stands for what the `*` on the left fits: `{ "body.*" = "backbone.*" }`. The right side is the name in the file.',
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
  // ---- names and declarations
  "duplicate-name": row<{ name: string; what: string }>(
    "error",
    ({ name, what }) => `${what} called \`${name}\` stands here already`,
    "Two declarations of a file, two parameters of a block, two fields or two entries cannot bear one name.",
  ),
  "reserved-name": row<{ name: string }>(
    "error",
    ({ name }) => `\`${name}\` means something everywhere and cannot be declared`,
    "`training`, `examples` and `_` keep their meaning in every place.",
  ),
  "unused-name": row<{ name: string; what: string }>(
    "warning",
    ({ name, what }) => `the ${what} \`${name}\` is never used`,
    "A name that nobody reads is often a slip. Names that start with `_` are not reported.",
  ),
  "missing-file": row<{ path: string }>(
    "error",
    ({ path }) => `there is no file ${JSON.stringify(path)} to import from`,
    "Paths starting with `./` or `../` are looked up beside the importing file, others in `node_modules`.",
  ),
  "missing-export": row<{ name: string; path: string }>(
    "error",
    ({ name, path }) => `${path} declares nothing called \`${name}\``,
    "An import names declarations of the other file.",
  ),
  "import-cycle": row<{ chain: string }>(
    "error",
    ({ chain }) => `files import each other in a circle: ${chain}`,
    "A file that is imported cannot lead back to the file that imports it. Move what both need into a third file.",
  ),
  recursion: row<{ chain: string }>(
    "error",
    ({ chain }) => `this reaches itself: ${chain}`,
    "A program is elaborated whole before it runs, so no declaration may lead back to itself. `repeat` and `scan` repeat.",
  ),
  "mixed-parameters": row<{ block: string; setting: string; input: string }>(
    "error",
    ({ block, setting, input }) =>
      `\`${block}\` mixes the setting \`${setting}\` with the input \`${input}\` in one list`,
    "Settings stand in the first list, inputs (tensors) in the second: `block f(units: int)(x: [n, d])`.",
  ),
  "parameter-lists": row<{ block: string; found: string; place: string }>(
    "error",
    ({ block, found, place }) => `\`${block}\` has ${found} in its ${place} list`,
    "With two parameter lists the first holds settings and the second inputs.",
  ),
  "missing-return": row<{ block: string }>(
    "error",
    ({ block }) => `not every path through ${block} ends in \`return\``,
    "A body gives a value on every path: `return` it, also after an `if` without `else`.",
  ),
  unreachable: row<Record<never, never>>(
    "error",
    () => "nothing after `return` is ever reached",
    "Statements after a `return`, or after an `if` whose branches all return, can never matter.",
  ),
  "not-a-state": row<{ name: string; found: string }>(
    "error",
    ({ name, found }) => `\`update\` needs a state, but \`${name}\` is ${found}`,
    "`update` gives a new value to a `state` declared in the same body.",
  ),
  "unknown-type": row<{ name: string }>(
    "error",
    ({ name }) => `there is no type \`${name}\``,
    "Types are int, float, bool, string, dtype, block, list[T], tuples, choices of strings, and shapes such as `[n, d]` or `i32[n]`.",
  ),
  "bad-type": row<{ what: string; wanted: string }>(
    "error",
    ({ what, wanted }) => `${what} needs ${wanted} for its type`,
    "Inputs, fields, parameters and states are tensors and have a shape for their type; settings have none.",
  ),
  "unknown-entry": row<{ name: string; where: string }>(
    "error",
    ({ name, where }) => `${where} has no entry \`${name}\``,
    "Only the entries of the language may stand here; `let` gives a name to anything else.",
  ),
  "missing-entry": row<{ name: string; where: string }>(
    "error",
    ({ name, where }) => `${where} needs an entry \`${name}\``,
    "A training needs at least a loss, an optimizer and a number of epochs; a decode declaration what grows, what comes next, in which vocabulary and how long.",
  ),
  // ---- calls and values
  "wrong-kind": row<{ what: string; wanted: string; found: string }>(
    "error",
    ({ what, wanted, found }) => `${what} must be ${wanted}, not ${found}`,
    "Numbers, strings, lists, blocks and tensors do not stand for each other, but for a few harmless cases.",
  ),
  "too-many-arguments": row<{ block: string; wanted: string; found: number }>(
    "error",
    ({ block, wanted, found }) => `\`${block}\` takes ${wanted}, not ${found}`,
    "Arguments without names fill the inputs in order if one of them is a tensor, else the settings not given yet.",
  ),
  "unknown-argument": row<{ name: string; block: string }>(
    "error",
    ({ name, block }) => `\`${block}\` has no setting or input called \`${name}\``,
    "Named arguments bear the names of the parameters of the block.",
  ),
  "repeated-argument": row<{ name: string }>(
    "error",
    ({ name }) => `\`${name}\` is given twice in this call`,
    "Each parameter gets one argument.",
  ),
  "missing-argument": row<{ names: string; block: string }>(
    "error",
    ({ names, block }) => `\`${block}\` still needs ${names}`,
    "A block can be applied once everything without a default is given.",
  ),
  "layer-configured": row<{ layer: string }>(
    "error",
    ({ layer }) => `\`${layer}\` is a layer, and a layer cannot be configured`,
    "`let f = dense(3)` in a body makes a layer with weights of its own. Configure the recipe before it is named.",
  ),
  "not-known": row<{ what: string }>(
    "error",
    ({ what }) => `${what} is not known while compiling`,
    "Conditions of `if`, settings, repeats and sizes are worked out before the program runs; tensors have values only then.",
  ),
  "unknown-member": row<{ name: string; of: string }>(
    "error",
    ({ name, of }) => `${of} has no \`${name}\``,
    "Layers have their parameters, states and layers as members; results with names have those.",
  ),
  "index-out-of-range": row<{ index: number; length: string }>(
    "error",
    ({ index, length }) => `index ${index} does not exist among ${length}`,
    "Indices count from 0, or from the end with negative numbers.",
  ),
  "tuple-length": row<{ wanted: number; found: number }>(
    "error",
    ({ wanted, found }) => `${wanted} names for a value of ${found} parts`,
    "A pattern with names in parentheses takes a tuple or list of that many parts apart.",
  ),
  "bad-notation": row<{ problem: string }>(
    "error",
    ({ problem }) => problem,
    "The strings of `einsum` and `rearrange` name one axis after the other: `b t (heads e) -> b heads t e`.",
  ),
  "too-large": row<{ what: string; limit: string }>(
    "error",
    ({ what, limit }) => `${what} is more than the limit of ${limit}`,
    "Elaboration is bounded, so that a file from elsewhere cannot keep the compiler busy for ever.",
  ),
  // ---- shapes and layers
  "shape-unknown": row<{ what: string; left: string; right: string }>(
    "error",
    ({ what, left, right }) => `${what}: ${left} and ${right} are not known to be equal`,
    "Open dimensions are equal only if their formulas are. `let y: [batch, d] = x` assumes it; the assumption is checked when the sizes are known.",
  ),
  "dimension-unsolved": row<{ text: string }>(
    "error",
    ({ text }) => `\`${text}\` does not say what its names are`,
    "A dimension that is an expression may hold one name that is not bound yet, and must be linear in it.",
  ),
  "no-layer": row<{ what: string }>(
    "error",
    ({ what }) => `there is no layer here that could own ${what}`,
    "Parameters and states belong to the layer whose body is being elaborated.",
  ),
  "parameter-place": row<{ what: string; place: string }>(
    "error",
    ({ what, place }) => `${what} cannot stand in ${place}`,
    "Parameters belong to models; optimizers, losses and metrics have states.",
  ),
  "late-layer": row<{ layer: string }>(
    "error",
    ({ layer }) => `\`${layer}\` is reached in evaluation only, so it would never learn`,
    "Layers and their parameters are those of the training mode. Bind the layer with `let` before `if training`.",
  ),
  // ---- data and training
  "unknown-reader": row<{ name: string }>(
    "error",
    ({ name }) => `there is no reader called \`${name}\``,
    "Readers: idx, cifar, images, csv, tsv, text, safetensors, synthetic, digits.",
  ),
  "unknown-column": row<{ name: string; reader: string }>(
    "error",
    ({ name, reader }) => `the ${reader} data has no column \`${name}\``,
    "A field without a value is the reader's column of that name.",
  ),
  "unnamed-vocabulary": row<Record<never, never>>(
    "error",
    () => "a vocabulary needs a name",
    "The model asks for its size by that name: `let words = vocab(min_count = 2)`, then `words(tokens)` and `reviews.words.size`.",
  ),
  "bad-split": row<{ what: string; reader: string }>(
    "error",
    ({ what, reader }) => `${what} cannot split what \`${reader}\` reads`,
    "A stream of text is cut in order: training, then validation, then test. `holdout(validation = 0.1, test = 0.1)` or `given(…)` does that.",
  ),
  "missing-field": row<{ model: string; input: string; data: string }>(
    "error",
    ({ model, input, data }) =>
      `\`${model}\` wants the input \`${input}\`, but \`${data}\` has no such field`,
    "The loop gives a model the fields of the data by name.",
  ),
  "ambiguous-name": row<{ name: string }>(
    "error",
    ({ name }) => `\`${name}\` is a field of the data and an output of the model`,
    "A training sees the fields and the outputs under their names, so these must differ.",
  ),
  "loss-not-scalar": row<{ found: string }>(
    "error",
    ({ found }) => `the loss must be one number (f32[]), not ${found}`,
    "Gradients are those of one number: take a mean or a sum.",
  ),
  "metric-not-scalar": row<{ name: string; found: string }>(
    "error",
    ({ name, found }) => `the metric \`${name}\` must be one number, not ${found}`,
    "A metric's value is one number a pass: take a mean, or `average` over the pass.",
  ),
  "optimizer-result": row<{ found: string; wanted: string }>(
    "error",
    ({ found, wanted }) => `the optimizer gives ${found} for a parameter of ${wanted}`,
    "An optimizer block gives the new value of `w`, of the same shape.",
  ),
  "unused-pattern": row<{ pattern: string }>(
    "error",
    ({ pattern }) => `no parameter fits the pattern ${JSON.stringify(pattern)}`,
    "Every pattern of a record by path must be the first that fits at least one parameter.",
  ),
  "unmatched-parameter": row<{ path: string }>(
    "error",
    ({ path }) => `no pattern fits the parameter \`${path}\``,
    'Every parameter needs an optimizer; `"*" = none` freezes the rest.',
  ),
  "no-parameters": row<{ model: string }>(
    "error",
    ({ model }) => `\`${model}\` has no parameters, so there is nothing to train`,
    "A training changes the parameters of its model.",
  ),
  "fixed-length": row<{ input: string; model: string; length: string }>(
    "error",
    ({ input, model, length }) =>
      `\`${input}\` of \`${model}\` has the fixed length ${length}, so it cannot grow`,
    "A decoding runs the model on prefixes of every length; its signature must leave that length open.",
  ),
  "decode-place": row<{ name: string }>(
    "error",
    ({ name }) => `\`${name}\` may be called in the metrics of its own training only`,
    "What a model generates is worked out in evaluation passes, for the fields of each batch. No gradient passes through it.",
  ),
  "decode-in-loss": row<{ name: string }>(
    "error",
    ({ name }) => `the loss depends on what \`${name}\` generates`,
    "What a model generates is worked out in evaluation passes alone, and no gradient passes through it.",
  ),
  "unknown-metric": row<{ name: string }>(
    "error",
    ({ name }) => `there is no metric called \`${name}\``,
    "`best` names a split and `loss` or one of the metrics: `highest(validation.accuracy)`.",
  ),
  "unknown-split": row<{ name: string }>(
    "error",
    ({ name }) => `the data has no split called \`${name}\``,
    "Splits are train, validation and test, as far as the data declaration makes them.",
  ),
  "best-on-test": row(
    "error",
    () => "the test split may not choose the best weights",
    "A choice made by test scores makes these scores too good; they are for the very end.",
  ),
  "patience-without-best": row(
    "error",
    () => "`patience` needs `best`",
    "`patience = 3` ends the training when three epochs have brought nothing better; `best` says what better means.",
  ),
  "unknown-set": row<{ name: string }>(
    "error",
    ({ name }) => `--set ${name}: no top-level \`let\` and no entry of the training has this name`,
    "`--set name=value` changes constants of the file and entries such as epochs, batch and seed.",
  ),
  "not-differentiable": row<{ op: string }>(
    "error",
    ({ op }) => `no gradient passes through \`${op}\``,
    "The loss depends on a trained parameter through an operation whose gradient is not known. `stop_gradient` treats its value as a constant.",
  ),
  "not-yet": row<{ what: string }>(
    "error",
    ({ what }) => `${what} is part of the language, but this version does not run it yet`,
    "The front accepts the whole language; some stages still lack parts of it.",
  ),
} as const;

export type Code = keyof typeof diagnosticTable;
export type DiagnosticArguments<C extends Code> = Parameters<
  (typeof diagnosticTable)[C]["message"]
>[0];
