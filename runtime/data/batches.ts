// Batches of a model's fields: the declaration's program run for each example, or its column copied, or a cached result.

import { UserError } from "../errors.ts";
import { allocate, elementBytes, sizeOf, type DType, type TypedArray } from "../types.ts";
import { epochOrder, type Dataset, type Split } from "./open.ts";
import type { TrainingPass } from "./store.ts";
import { gatherRows } from "./table.ts";

/** Inputs of one example: columns by input name, and the scalars `$seed` and `$draw`. Fields by name. */
export type ExampleInputs = Record<string, ArrayLike<number> | number>;
export type ExampleResult = Readonly<Record<string, TypedArray>>;
export type ExampleRunner = (inputs: ExampleInputs) => ExampleResult | Promise<ExampleResult>;

export interface FieldSpec {
  readonly name: string;
  readonly dtype: DType;
  /** Per example. */
  readonly shape: readonly number[];
  /** The field is this column input as it stands: copied, no program runs for it. */
  readonly column?: string;
  /** The length differs by example: `shape` holds the longest, the dimension and the column with its values' lengths are
   *  these. */
  readonly open?: { readonly dim: string; readonly column: string };
  /** Whole numbers allowed, the upper end excluded: a label's classes. */
  readonly range?: { readonly from: number; readonly below: number };
}

export type Mode = "training" | "evaluation";

/** What of a dataset is needed to read examples of it. */
export type Examples = Pick<Dataset, "count" | "splits" | "columns" | "rowSeed" | "read" | "place">;

export interface BatchOptions {
  readonly dataset: Examples;
  readonly fields: readonly FieldSpec[];
  /** The declaration's programs for one example; not called if every field is a column. */
  readonly training: ExampleRunner;
  readonly evaluation: ExampleRunner;
  /** The programs differ or draw random numbers (`DataUnit.augmented`). */
  readonly augmented: boolean;
  /** Seed of the training, for augmentation. */
  readonly seed: number;
  /** Fields computed once are kept as long as all of them take at most so many bytes; 8 MiB by default, since
   *  computing an image anew costs microseconds and memory is promised before the run. */
  readonly cacheBytes?: number;
  /** A NaN in a field is given as it is: for looking at data, not for training. */
  readonly allowMissing?: boolean;
}

/** Fields of a batch, one example after the other; valid until the next batch is read into the same memory. */
export type Batch = Readonly<Record<string, TypedArray>>;

export interface Batches {
  /** The split's rows in the order of an epoch's training. */
  order(split: string, epoch: number): Int32Array;
  /** Fields of the given rows of the table. `epoch` matters to augmentation alone. A NaN, or a value beyond a
   *  field's range, is a UserError that names file and row. They are put `into` arrays by field, where given. */
  read(rows: ArrayLike<number>, mode: Mode, epoch?: number, into?: Batch): Promise<Batch>;
}

export function createBatches(options: BatchOptions): Batches {
  const { dataset, fields, seed } = options;
  const computed = fields.filter((field) => field.column === undefined);
  const byRow = dataset.rowSeed !== undefined;
  // Draws by row are the same in every epoch, so they can be kept even though the programs draw.
  const caches = options.augmented && !byRow ? undefined : createCaches(dataset, computed, options);

  // Memory is used again from batch to batch: it is planned, and the garbage of one pass would be as large as the data.
  const scratch = createBuffers();
  const batchBuffers = createBuffers();
  const some = new Int32Array(examplesAtOnce);

  const passOf = (mode: Mode, epoch: number): TrainingPass | undefined =>
    mode === "training" ? { seed, epoch } : undefined;

  const inputsOf = (columns: ReadonlyMap<string, TypedArray>, i: number): ExampleInputs => {
    const inputs: ExampleInputs = {};
    for (const [name, values] of columns) {
      const column = dataset.columns.get(name);
      const size = sizeOf(column?.shape ?? []);
      const isScalar = column?.shape.length === 0;
      inputs[name] = isScalar ? (values[i] ?? 0) : values.subarray(i * size, (i + 1) * size);
    }
    return inputs;
  };

  const compute = async (
    rows: ArrayLike<number>,
    mode: Mode,
    epoch: number,
    keep: (field: FieldSpec, i: number, values: TypedArray) => void,
  ): Promise<void> => {
    const columns = new Map<string, TypedArray>();
    for (let i = 0; i < rows.length; i++) {
      const within = i % examplesAtOnce;
      if (within === 0) {
        const count = Math.min(examplesAtOnce, rows.length - i);
        for (let k = 0; k < count; k++) some[k] = rows[i + k] ?? 0;
        for (const [name, { dtype, shape }] of dataset.columns) {
          const into = scratch(name, dtype, count * sizeOf(shape));
          columns.set(name, dataset.read(name, some.subarray(0, count), into, passOf(mode, epoch)));
        }
      }
      const row = rows[i] ?? 0;
      const inputs = inputsOf(columns, within);
      inputs["$seed"] = (dataset.rowSeed ?? seed) | 0;
      inputs["$draw"] = (byRow ? row : epoch * dataset.count + row) | 0;
      const given = options[mode](inputs);
      const result = given instanceof Promise ? await given : given;
      for (const field of computed) {
        const values = result[field.name];
        if (values === undefined) throw new Error(`the example's program gives no ${field.name}`);
        keep(field, i, values);
      }
    }
  };

  const fill = async (cache: Cache, rows: ArrayLike<number>, mode: Mode): Promise<void> => {
    if (areAllPresent(cache, rows)) return; // as in every epoch but the first
    const absent = Int32Array.from(rows).filter((row) => cache.present[row] === 0);
    await compute(absent, mode, 0, (field, i, values) => {
      cache.values.get(field.name)?.set(values, (absent[i] ?? 0) * sizeOf(field.shape));
    });
    for (const row of absent) cache.present[row] = 1;
  };

  return {
    order: (split, epoch) => epochOrder(dataset.splits[split] ?? noRows, seed, epoch),
    read: async (rows, mode, epoch = 0, into = {}) => {
      const batch = new Map<string, TypedArray>();
      for (const field of fields) {
        const length = rows.length * sizeOf(field.shape);
        const out = into[field.name] ?? batchBuffers(field.name, field.dtype, length);
        batch.set(field.name, out);
        if (field.column !== undefined) {
          dataset.read(field.column, rows, out, passOf(mode, epoch));
        }
      }
      if (computed.length > 0 && caches !== undefined) {
        const cache = caches[mode];
        await fill(cache, rows, mode);
        for (const field of computed) {
          const values = cache.values.get(field.name);
          const out = batch.get(field.name);
          if (values !== undefined && out !== undefined) {
            gatherRows(values, sizeOf(field.shape), rows, out);
          }
        }
      } else if (computed.length > 0) {
        await compute(rows, mode, epoch, (field, i, values) => {
          batch.get(field.name)?.set(values, i * sizeOf(field.shape));
        });
      }
      for (const field of options.allowMissing ? [] : fields) {
        checkValues(field, batch.get(field.name) ?? new Int32Array(0), rows, dataset);
      }
      return Object.fromEntries(batch);
    },
  };
}

/** So many rows of the columns are copied at once for the examples' program. */
const examplesAtOnce = 16;

/** Arrays by name that are made anew only when more is asked for than ever before. */
function createBuffers(): (name: string, dtype: DType, length: number) => TypedArray {
  const buffers = new Map<string, TypedArray>();
  return (name, dtype, length) => {
    let buffer = buffers.get(name);
    if (buffer === undefined || buffer.length < length) {
      buffer = allocate(dtype, length);
      buffers.set(name, buffer);
    }
    return buffer.length === length ? buffer : buffer.subarray(0, length);
  };
}

/** Bytes that `createBatches` holds when batches have `batch` examples: buffers, and results that are kept. */
export function bytesOfBatches(
  options: Pick<BatchOptions, "dataset" | "fields" | "augmented" | "cacheBytes">,
  batch: number,
): number {
  const { dataset, fields } = options;
  const bytes = (list: Iterable<{ readonly dtype: DType; readonly shape: readonly number[] }>) =>
    [...list].reduce((sum, { dtype, shape }) => sum + elementBytes[dtype] * sizeOf(shape), 0);
  const computed = fields.filter((field) => field.column === undefined);
  const scratch = computed.length === 0 ? 0 : examplesAtOnce * bytes(dataset.columns.values());
  const byRow = dataset.rowSeed !== undefined;
  const kept = options.augmented && !byRow ? 0 : cacheSize(dataset, computed, options);
  // The order of an epoch and the splits themselves are lists of rows.
  const rows = Object.values(dataset.splits).reduce((sum, { count }) => sum + count, 0);
  const order = dataset.splits["train"]?.count ?? 0;
  return batch * bytes(fields) + scratch + kept + 4 * (rows + order);
}

const noRows: Split = { count: 0, rows: new Int32Array(0) };

interface Cache {
  /** By row: 1 once its fields are there. */
  readonly present: Uint8Array;
  readonly values: ReadonlyMap<string, TypedArray>;
}

function areAllPresent({ present }: Cache, rows: ArrayLike<number>): boolean {
  for (let i = 0; i < rows.length; i++) if (present[rows[i] ?? 0] === 0) return false;
  return true;
}

/** Room for every computed field of every example, or nothing where it would be too much. */
function createCaches(
  dataset: Examples,
  computed: readonly FieldSpec[],
  options: BatchOptions,
): Readonly<Record<Mode, Cache>> | undefined {
  if (computed.length === 0 || cacheSize(dataset, computed, options) === 0) return undefined;
  const create = (): Cache => ({
    present: new Uint8Array(dataset.count),
    values: new Map(
      computed.map(({ name, dtype, shape }) => [
        name,
        allocate(dtype, dataset.count * sizeOf(shape)),
      ]),
    ),
  });
  const evaluation = create();
  return { evaluation, training: options.augmented ? create() : evaluation };
}

/** Bytes of every computed field of every example; 0 where that is too much to keep. */
function cacheSize(
  dataset: Examples,
  computed: readonly FieldSpec[],
  options: Pick<BatchOptions, "augmented" | "cacheBytes">,
): number {
  const bytesOf = ({ dtype, shape }: FieldSpec): number => elementBytes[dtype] * sizeOf(shape);
  const example = computed.reduce((sum, field) => sum + bytesOf(field), 0);
  const bytes = dataset.count * example * (options.augmented ? 2 : 1);
  return bytes > (options.cacheBytes ?? 2 ** 23) ? 0 : bytes;
}

function checkValues(
  field: FieldSpec,
  values: TypedArray,
  rows: ArrayLike<number>,
  dataset: Examples,
): void {
  const { name, range } = field;
  const exampleOf = (i: number): string => {
    const row = rows[Math.floor(i / sizeOf(field.shape))] ?? 0;
    return dataset.place(row);
  };
  if (field.dtype === "f32") {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) {
        throw new UserError(`field \`${name}\` is not a number (NaN)`, {
          place: exampleOf(i),
          help: "a value is missing there, or the field's formula has none for it; `fill(0)` puts a number in its place",
        });
      }
    }
  }
  if (range === undefined) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < range.from || value >= range.below) {
      throw new UserError(
        `field \`${name}\` is ${value}, outside ${range.from} … ${range.below - 1}`,
        {
          place: exampleOf(i),
        },
      );
    }
  }
}
