// Words that people bring along from other languages. They are names here, so nothing is wrong with the
// words themselves: where nothing is called so, or no name can stand, the help says what to write.

/** Words that would start something, by what to write instead. */
const starting: ReadonlyMap<string, string> = new Map([
  ...same(
    ["def", "fn", "func", "fun", "function", "class", "module", "layer", "network"],
    "a block is declared with `block name(settings)(inputs) { … }`, a network with `model`",
  ),
  ...same(["const", "var", "val", "auto", "mut"], "a name is bound with `let name = …`"),
  ...same(
    ["for", "while", "loop", "foreach"],
    "there are no loops: `repeat` stacks blocks, `map` runs over a list, `scan` over time",
  ),
  ...same(["elif", "elsif", "elseif"], "write `else if`"),
  ...same(
    ["from", "using", "include", "require", "use"],
    'names of another file come with `import { name } from "./file.dlm"`',
  ),
  ...same(["switch", "match", "case"], "write `if … { } else if … { }`"),
  ...same(["try", "with", "async", "await", "yield", "pass"], "there is nothing like it here"),
  ["export", "every declaration can be imported as it is"],
  ["fit", "training is declared with `train Model on data { … }`"],
  ["dataset", "data are declared with `data name = reader(…) { … }`"],
  ["parameter", "write `param name: shape = init`"],
  ["yields", "write `return`"],
]);

/** Words that would stand between or in expressions. */
const inside: ReadonlyMap<string, string> = new Map([
  ["is", "write `==`"],
  ["in", "there is no `in`; `map(list, x => …)` runs over a list"],
  ["for", "a list is made with `map(list, x => …)`"],
  ["lambda", "a function is written `x => …`"],
  ["div", "write `div(a, b)`"],
  ["mod", "write `%`"],
  ["xor", "write `!=`"],
]);

/** Names of values in other languages, by the word here. */
const values: ReadonlyMap<string, string> = new Map([
  ["True", "true"],
  ["TRUE", "true"],
  ["False", "false"],
  ["FALSE", "false"],
  ...same(["None", "null", "nil", "undefined", "NULL", "Null", "nullptr"], "none"),
]);

/** What blocks are called elsewhere where the name is not merely spelt in another way, by the name here. */
const blocks: ReadonlyMap<string, string> = new Map([
  ["Linear", "dense"],
  ...names(["Conv1d", "Conv2d", "Conv1D", "Conv2D", "conv1d", "conv2d"], "conv"),
  ...names(["ConvTranspose1d", "ConvTranspose2d", "Conv2DTranspose"], "conv_transpose"),
  ...names(["MaxPool1d", "MaxPool2d", "MaxPooling2D", "maxpool", "max_pool2d"], "max_pool"),
  ...names(["AvgPool1d", "AvgPool2d", "AveragePooling2D", "avgpool", "avg_pool2d"], "avg_pool"),
  ["AdaptiveAvgPool2d", "adaptive_avg_pool"],
  ...names(["GlobalAveragePooling2D", "global_average_pool"], "global_avg_pool"),
  ...names(["BatchNorm1d", "BatchNorm2d", "BatchNormalization", "batchnorm"], "batch_norm"),
  ...names(["LayerNormalization", "layernorm"], "layer_norm"),
  ...names(["CrossEntropyLoss", "CrossEntropy"], "cross_entropy"),
  ...names(["MSELoss", "mse_loss", "mean_squared_error"], "mse"),
  ...names(["L1Loss", "l1_loss"], "l1"),
  ...names(["BCEWithLogitsLoss", "BCELoss", "bce"], "binary_cross_entropy"),
  ...names(["Sequential", "sequential"], "chain"),
  ...names(["cat", "concatenate"], "concat"),
  ...names(["matmul", "bmm"], "einsum"),
  ...names(["permute", "swapaxes"], "transpose"),
  ...names(["view"], "reshape"),
]);

/** Words whose statement may go on with a parenthesis. As a call they would mean nothing here. */
const control: ReadonlySet<string> = new Set([
  // prettier-ignore
  "for",
  "while",
  "loop",
  "foreach",
  "elif",
  "elsif",
  "elseif",
  "switch",
  "match",
  "fit",
]);

export function isControlWord(word: string): boolean {
  return control.has(word);
}

export function startingWordHelp(word: string): string | undefined {
  return starting.get(word);
}

export function insideWordHelp(word: string): string | undefined {
  return inside.get(word);
}

/**
 * The word of this language for a value that is spelt otherwise elsewhere: `True` is `true`. Such a word
 * is a name like any other, so this is for when nothing is called so.
 */
export function valueWord(word: string): string | undefined {
  return values.get(word);
}

/** The block of this language that does what a block of that name does elsewhere: `Linear` is `dense`. */
export function blockWord(word: string): string | undefined {
  return blocks.get(word);
}

function names(words: readonly string[], block: string): [string, string][] {
  return words.map((word) => [word, block]);
}

function same(words: readonly string[], help: string): [string, string][] {
  return words.map((word) => [word, help]);
}
