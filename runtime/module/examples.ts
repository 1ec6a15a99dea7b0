// Examples as a page or a program has them – pixels, numbers, names, texts – made into the fields of a model by the
// programs of its data declaration, one example at a time.

import type { JsFactory, Persistent } from "../artifact.ts";
import { openExamplePrograms, type ExampleSession } from "../data/example-programs.ts";
import { UserError } from "../errors.ts";
import { allocate, sizeOf, type DType, type TypedArray } from "../types.ts";
import { jsTarget } from "./targets.ts";
import type { BatchTensor, Batch, ExampleReader, ProgramText } from "./source.ts";

/** Where an input of the example's programs comes from. */
export type ExampleColumn = {
  /** Of the programs. */
  readonly input: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
} & (
  | { readonly kind: "numbers"; readonly name: string }
  /** Columns of one number each, side by side; missing ones are NaN. */
  | { readonly kind: "beside"; readonly names: readonly string[] }
  /** A block of zeros and a one for each column of names. */
  | {
      readonly kind: "one_hot";
      readonly columns: readonly { readonly name: string; readonly values: readonly string[] }[];
    }
  | { readonly kind: "category"; readonly name: string; readonly values: readonly string[] }
  | {
      readonly kind: "tokens";
      readonly name: string;
      readonly vocabulary: string;
      readonly before: readonly number[];
      readonly after: readonly number[];
    }
);

/** What a vocabulary is to examples: it cuts texts and gives ids. */
export interface Encoder {
  encode(text: string): { readonly ids: Int32Array };
}

export interface ExampleSource {
  readonly columns: readonly ExampleColumn[];
  readonly fields: readonly (BatchTensor & {
    /** The column that the field is, where no program makes it; by its input. */
    readonly column?: string;
  })[];
  /** Programs for one example, `evaluation` and `training`, over what was fitted on the data. */
  readonly programs?: {
    readonly persistent: Persistent;
    readonly programs: readonly (ProgramText & { readonly code: JsFactory })[];
    readonly fitted: Readonly<Record<string, readonly number[]>>;
  };
  readonly vocabularies?: () => Promise<ReadonlyMap<string, Encoder>>;
}

type Given = Readonly<Record<string, unknown>>;

export async function exampleReader(source: ExampleSource): Promise<ExampleReader> {
  const session = await openPrograms(source);
  const vocabularies = (await source.vocabularies?.()) ?? new Map<string, Encoder>();
  const read = (column: ExampleColumn, given: Given): TypedArray =>
    readColumn(column, given, vocabularies);

  return {
    async read(examples, mode, { seed, draw }, names): Promise<Batch> {
      const fields = source.fields.filter(({ name }) => names.includes(name));
      const wanted = neededColumns(source, mode, fields);
      const columns = new Map(wanted.map((column) => [column.input, read(column, examples)]));
      const count = countOf(wanted, columns);
      const inputs: Record<string, TypedArray> = {};
      for (const { name, dtype, shape, column } of fields) {
        const own = column === undefined ? undefined : columns.get(column);
        inputs[name] = own ?? allocate(dtype, count * sizeOf(shape));
      }
      const computed = fields.filter(({ column }) => column === undefined);
      if (computed.length > 0) {
        if (!session) throw new Error("the module lacks the programs of its data");
        const run = session.runner(
          mode,
          computed.map(({ name }) => name),
        );
        for (let i = 0; i < count; i++) {
          const example: Record<string, ArrayLike<number> | number> = {
            $seed: seed,
            $draw: draw + i,
          };
          for (const { input, shape } of wanted) {
            const size = sizeOf(shape);
            example[input] =
              columns.get(input)?.subarray(i * size, (i + 1) * size) ?? new Float32Array(size);
          }
          const result = run(example);
          for (const { name, shape } of computed) {
            inputs[name]?.set(result[name] ?? [], i * sizeOf(shape));
          }
        }
      }
      return { count, inputs };
    },
  };
}

async function openPrograms({ programs }: ExampleSource): Promise<ExampleSession | undefined> {
  if (!programs) return undefined;
  const { persistent, programs: texts, fitted } = programs;
  const target = jsTarget({ persistent, programs: texts });
  const session = await openExamplePrograms({
    persistent,
    programs: await Promise.all(texts.map((text) => target.program(text))),
  });
  for (const [path, values] of Object.entries(fitted)) session.session.write(path, values);
  return session;
}

/** Those that the fields are made of; a program wants all of its inputs. */
function neededColumns(
  { columns, programs }: ExampleSource,
  mode: string,
  fields: ExampleSource["fields"],
): ExampleColumn[] {
  const needed = new Set(fields.flatMap(({ column }) => column ?? []));
  if (fields.some(({ column }) => column === undefined)) {
    const program = programs?.programs.find(({ name }) => name === mode);
    for (const { name } of program?.inputs ?? []) needed.add(name);
  }
  return columns.filter(({ input }) => needed.has(input));
}

function countOf(
  wanted: readonly ExampleColumn[],
  columns: ReadonlyMap<string, TypedArray>,
): number {
  let found: { readonly count: number; readonly name: string } | undefined;
  for (const column of wanted) {
    const name = titleOf(column);
    const size = sizeOf(column.shape);
    const length = columns.get(column.input)?.length ?? 0;
    if (length % size !== 0) {
      throw new UserError(
        `\`${name}\` has ${length} numbers, which are no whole examples of ${size} ([${column.shape.join(", ")}])`,
      );
    }
    const count = length / size;
    if (found && found.count !== count) {
      throw new UserError(
        `\`${name}\` holds ${count} examples, but \`${found.name}\` holds ${found.count}`,
      );
    }
    found ??= { count, name };
  }
  return found?.count ?? 0;
}

function titleOf(column: ExampleColumn): string {
  switch (column.kind) {
    case "beside":
      return column.names[0] ?? column.input;
    case "one_hot":
      return column.columns[0]?.name ?? column.input;
    default:
      return column.name;
  }
}

function readColumn(
  column: ExampleColumn,
  given: Given,
  vocabularies: ReadonlyMap<string, Encoder>,
): TypedArray {
  switch (column.kind) {
    case "numbers":
      return numbersOf(given, column.name, column.dtype);
    case "beside": {
      const parts = column.names.map((name) => numbersOf(given, name, column.dtype));
      return sideBySide(parts, column.names, column.dtype);
    }
    case "one_hot": {
      const parts = column.columns.map(({ name, values }) => oneHot(textsOf(given, name), values));
      const names = column.columns.map(({ name }) => name);
      return sideBySide(
        parts,
        names,
        column.dtype,
        column.columns.map((c) => c.values.length),
      );
    }
    case "category": {
      const texts = textsOf(given, column.name);
      return Int32Array.from(texts, (text) => {
        const found = column.values.indexOf(text);
        if (found >= 0) return found;
        throw new UserError(`\`${column.name}\` has no class ${JSON.stringify(text)}`, {
          help: `there are: ${column.values.join(", ")}`,
        });
      });
    }
    case "tokens":
      return tokensOf(column, textsOf(given, column.name), vocabularies);
    default:
      return column satisfies never;
  }
}

function valueOf(given: Given, name: string): unknown {
  const value = given[name];
  if (value === undefined) {
    const known = Object.keys(given).join(", ");
    throw new UserError(`\`${name}\` is missing`, {
      help: known === "" ? "give it to the call" : `given were: ${known}`,
    });
  }
  return value;
}

function numbersOf(given: Given, name: string, dtype: DType): TypedArray {
  const value = valueOf(given, name);
  const list = typeof value === "number" ? [value] : value;
  if (!isNumbers(list)) {
    throw new UserError(`\`${name}\` must be numbers, in a flat array`, {
      help: "all examples one after the other, in row-major order",
    });
  }
  const values = allocate(dtype, list.length);
  values.set(list);
  return values;
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  if (Array.isArray(value)) return value.every((one) => typeof one === "number");
  return ArrayBuffer.isView(value) && "length" in value;
}

function textsOf(given: Given, name: string): readonly string[] {
  const value = valueOf(given, name);
  if (typeof value === "string") return [value];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new UserError(`\`${name}\` must be a text, or a list of texts`);
}

/** Rows of several columns, each `widths` numbers wide (one where not given). */
function sideBySide(
  parts: readonly TypedArray[],
  names: readonly string[],
  dtype: DType,
  widths: readonly number[] = parts.map(() => 1),
): TypedArray {
  const count = (parts[0]?.length ?? 0) / (widths[0] ?? 1);
  const width = widths.reduce((sum, n) => sum + n, 0);
  const all = allocate(dtype, count * width);
  let start = 0;
  for (const [k, part] of parts.entries()) {
    const own = widths[k] ?? 1;
    if (part.length !== count * own) {
      throw new UserError(
        `\`${names[k]}\` holds ${part.length / own} examples, but \`${names[0]}\` holds ${count}`,
      );
    }
    for (let i = 0; i < count; i++) {
      all.set(part.subarray(i * own, (i + 1) * own), i * width + start);
    }
    start += own;
  }
  return all;
}

/** A name that was not seen in training is all zeros, as it is there. */
function oneHot(texts: readonly string[], values: readonly string[]): TypedArray {
  const all = new Float32Array(texts.length * values.length);
  texts.forEach((text, i) => {
    const at = values.indexOf(text);
    if (at >= 0) all[i * values.length + at] = 1;
  });
  return all;
}

function tokensOf(
  { vocabulary, before, after, shape }: Extract<ExampleColumn, { kind: "tokens" }>,
  texts: readonly string[],
  vocabularies: ReadonlyMap<string, Encoder>,
): TypedArray {
  const encoder = vocabularies.get(vocabulary);
  if (!encoder) throw new Error(`the module has no vocabulary ${vocabulary}`);
  const length = shape[0] ?? 0;
  const all = new Int32Array(texts.length * length);
  texts.forEach((text, i) => {
    const ids = [...before, ...encoder.encode(text).ids, ...after];
    all.set(ids.slice(0, length), i * length);
  });
  return all;
}
