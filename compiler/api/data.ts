// A data declaration opened for training: its columns read and split, its states fitted, its example programs compiled.

import { Reporter } from "../../grammar/diagnostic.ts";
import type { ExampleInputs, ExampleResult, FieldSpec } from "../../runtime/data/batches.ts";
import {
  openExamplePrograms,
  type ExamplePrograms,
  type ExampleSession,
} from "../../runtime/data/example-programs.ts";
import { fitStates } from "../../runtime/data/fit.ts";
import { openData, type Dataset } from "../../runtime/data/open.ts";
import {
  loadTokens,
  saveTokens,
  type SavedVocabulary,
} from "../../runtime/data/text/vocabulary.ts";
import { createSource } from "../../runtime/data/source.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import type { Streams } from "../../runtime/train/events.ts";
import type { Batch, BatchSource } from "../../runtime/train/plan.ts";
import { allocate, sizeOf, type Tensor, type TypedArray } from "../../runtime/types.ts";
import type { DataUnit, TensorSpec } from "../elaborate/unit.ts";
import { compile } from "../index.ts";
import { inputName, type Graph, type Node } from "../ir/graph.ts";
import { knownShape, layoutPersistent } from "../program.ts";
import { failOn } from "./failure.ts";
import { initialTensors } from "./initial.ts";

export interface DataOptions {
  readonly dataHost: DataHost;
  readonly seed: number;
  /** With `kfold(k)`: the part that validates, from 0 on; absent, everything trains. */
  readonly fold?: number;
  /** Fitted states and vocabularies of an earlier run, by path: nothing is fitted anew. */
  readonly fitted?: ReadonlyMap<string, Tensor>;
  /** Values that integer fields may take: `label` below the number of classes. */
  readonly ranges?: ReadonlyMap<string, { readonly from: number; readonly below: number }>;
  /** A NaN in a field is given as it is, for looking at the data. */
  readonly allowMissing?: boolean;
  /** Whether other threads make batches: `auto`, the default, decides by the time that it takes. */
  readonly beside?: "auto" | "always" | "never";
  /** So many threads for it, in place of as many as are worth it. */
  readonly loaders?: number;
  /** Threads that run the steps, asked for when batches are; 1 where absent. */
  readonly stepThreads?: () => number;
}

export interface OpenedData {
  readonly dataset: Dataset;
  /** Numbers for the dimensions that the data leave open, and `examples`, the longest pass. */
  readonly dims: Readonly<Record<string, number>>;
  readonly fields: readonly FieldSpec[];
  /** Names of the classes that a field counts, where it is a column of them, by the field's name. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly fitted: ReadonlyMap<string, Tensor>;
  readonly source: BatchSource;
  /** Fields of the given rows of the table, as an epoch's training or as evaluation sees them; valid until the next call. */
  read(
    rows: ArrayLike<number>,
    mode: "training" | "evaluation",
    epoch?: number,
  ): Promise<Batch["inputs"]>;
  /** Fields of an example whose columns are given, by the names of the spec's inputs, as evaluation sees them; the others
   *  are 0. Valid until the next call. */
  fieldsOf(columns: Readonly<Record<string, TypedArray>>): Readonly<Record<string, TypedArray>>;
  /** Bytes that it holds beside the data themselves: its programs' memory, batches of a size, lists of rows. */
  plannedBytes(batch: number): number;
  /** Of data that are read from the disk while training goes on. */
  streams(batch: number): Streams | undefined;
  close(): Promise<void>;
}

/** Opens a declaration's data. Troubles with files and values are UserErrors with file and row. */
export async function openTrainingData(unit: DataUnit, options: DataOptions): Promise<OpenedData> {
  const dataset = await openData(unit.spec, options.dataHost, {
    seed: options.seed,
    ...(options.fold === undefined ? {} : { fold: options.fold }),
    ...(options.fitted ? { tokens: savedTokens(unit, options.fitted) } : {}),
  });
  const longest = Math.max(0, ...Object.values(dataset.splits).map((split) => split.count));
  if ((dataset.splits["train"]?.count ?? 0) === 0) {
    throw new UserError(`${unit.name} has no examples to train on`, { place: unit.spec.place });
  }
  const dims = { ...dataset.dims, examples: longest };
  const fields = fieldSpecs(unit, dims, options.ranges);
  const programs = compilePrograms(unit, dims);
  const session = await openExamplePrograms(programs);
  const states = statesOf(unit, options.fitted) ?? (await fit(unit, dataset, session, dims));
  for (const [path, tensor] of states) session.session.write(path, tensor.data);
  const fitted = new Map([...states, ...vocabularyTensors(unit, dataset)]);

  const source = createSource({
    dataset,
    fields,
    augmented: unit.augmented,
    seed: options.seed,
    ...(options.allowMissing ? { allowMissing: true } : {}),
    programs,
    session,
    fitted: new Map([...states].map(([path, { data }]) => [path, data])),
    start: options.dataHost.startLoader,
    beside: options.beside ?? "auto",
    cores: options.dataHost.cores ?? 1,
    stepThreads: options.stepThreads ?? (() => 1),
    ...(options.loaders === undefined ? {} : { loaders: options.loaders }),
  });
  return {
    dataset,
    dims,
    fields,
    labels: labelsOf(unit, dataset),
    fitted,
    source,
    read: (rows, mode, epoch) => source.read(rows, mode, epoch),
    fieldsOf(columns) {
      const inputs: ExampleInputs = { $seed: 0, $draw: 0 };
      for (const [name, { dtype, shape }] of dataset.columns) {
        inputs[name] = columns[name] ?? allocate(dtype, sizeOf(shape));
      }
      const names = fields.map((field) => field.name);
      return session.runner("evaluation", names)(inputs);
    },
    plannedBytes: (batch) => source.plannedBytes(batch),
    streams: (batch) => source.streams(batch),
    async close() {
      await source.close();
      await session.session.close();
    },
  };
}

/** The declaration's fields in sizes that are known, and those that are a column as it stands. */
export function fieldSpecs(
  unit: DataUnit,
  dims: Readonly<Record<string, number>>,
  ranges?: DataOptions["ranges"],
): FieldSpec[] {
  return unit.fields.map((field): FieldSpec => {
    const shape = knownShape(field.type, dims);
    if (!shape) {
      throw new UserError(`the size of field ${field.name} is not known`, {
        place: unit.spec.place,
      });
    }
    const output = unit.evaluation.outputs.find((o) => o.name === field.name)?.node;
    const isColumn = !unit.augmented && output?.op === "input" && output.attrs["role"] === "field";
    const range = ranges?.get(field.name);
    const open = openLength(unit, output);
    return {
      name: field.name,
      dtype: field.type.dtype,
      shape,
      ...(isColumn ? { column: inputName(output) } : {}),
      ...(open ? { open } : {}),
      ...(range ? { range } : {}),
    };
  });
}

/** The open dimension of a field that is a column of texts of no fixed length. */
function openLength({ spec }: DataUnit, output: Node | undefined): FieldSpec["open"] {
  if (output?.op !== "input") return undefined;
  const column = spec.columns.find(({ input }) => input === inputName(output));
  const [dim] = column?.shape ?? [];
  const isOpen = column?.source.kind === "tokens" && typeof dim === "string";
  return column && isOpen ? { dim, column: column.input } : undefined;
}

/** Paths of what the data fit: states, and vocabularies as bytes. */
export function fittedPaths(unit: DataUnit): ReadonlySet<string> {
  const states = unit.fits.flatMap((group) => group.states.map((spec) => spec.path));
  return new Set([...states, ...vocabularyPaths(unit).values()]);
}

/** Where each vocabulary is saved. */
function vocabularyPaths({ name, spec }: DataUnit): Map<string, string> {
  const names = Object.keys(spec.vocabularies ?? {});
  return new Map(names.map((vocabulary) => [vocabulary, `${name}.${vocabulary}.tokens`]));
}

function savedTokens(
  unit: DataUnit,
  fitted: ReadonlyMap<string, Tensor>,
): Map<string, SavedVocabulary> {
  const saved = new Map<string, SavedVocabulary>();
  for (const [name, path] of vocabularyPaths(unit)) {
    const tensor = fitted.get(path);
    if (tensor) saved.set(name, loadTokens(tensor.data, path));
  }
  return saved;
}

function vocabularyTensors(unit: DataUnit, { vocabularies }: Dataset): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, path] of vocabularyPaths(unit)) {
    const vocabulary = vocabularies.get(name);
    if (!vocabulary) continue;
    const data = saveTokens(vocabulary);
    tensors.set(path, { dtype: "u8", shape: [data.length], data });
  }
  return tensors;
}

/** The states among what an earlier run fitted, if all are there. */
function statesOf(
  unit: DataUnit,
  fitted: ReadonlyMap<string, Tensor> | undefined,
): Map<string, Tensor> | undefined {
  if (!fitted) return undefined;
  const paths = unit.fits.flatMap((group) => group.states.map((spec) => spec.path));
  const found = paths.flatMap((path): [string, Tensor][] => {
    const tensor = fitted.get(path);
    return tensor ? [[path, tensor]] : [];
  });
  return found.length === paths.length ? new Map(found) : undefined;
}

function labelsOf({ evaluation }: DataUnit, { columns }: Dataset): Map<string, readonly string[]> {
  const labels = new Map<string, readonly string[]>();
  for (const { name, node } of evaluation.outputs) {
    if (node.op !== "input" || node.type.shape.length > 0) continue;
    const found = columns.get(inputName(node))?.labels;
    if (found) labels.set(name, found);
  }
  return labels;
}

/** The declaration's programs for the js device: one example at a time, over the fitted states. */
function compilePrograms(unit: DataUnit, dims: Readonly<Record<string, number>>): ExamplePrograms {
  const states = unit.fits.flatMap((group) => group.states);
  const persistent = layoutPersistent(states, dims);
  const graphs: [string, Graph][] = [
    ["training", unit.training],
    ["evaluation", unit.evaluation],
    ...unit.fits.map((group, i): [string, Graph] => [`fit@${i}`, group.fit]),
  ];
  const reporter = new Reporter();
  const programs = graphs.map(([name, graph]) => {
    const program = compile(graph, { name, target: "js", dims, persistent, reporter });
    if (!program) throw failOn(reporter.diagnostics);
    return program;
  });
  return { persistent, programs };
}

async function fit(
  unit: DataUnit,
  dataset: Dataset,
  { session, runner }: ExampleSession,
  dims: Readonly<Record<string, number>>,
): Promise<Map<string, Tensor>> {
  const reporter = new Reporter();
  const specs: TensorSpec[] = unit.fits.flatMap((group) => group.states);
  const initial = initialTensors(specs, { dims, seed: 0, reporter });
  if (reporter.failed) throw failOn(reporter.diagnostics);
  for (const [path, tensor] of initial) session.write(path, tensor.data);
  const groups = unit.fits.map((group, i) => {
    const run = runner(`fit@${i}`, []);
    return { initial: {}, run: (inputs: ExampleInputs): ExampleResult => run(inputs) };
  });
  await fitStates(dataset, groups);
  const fitted = new Map<string, Tensor>();
  for (const [path, tensor] of initial) {
    const data = await session.read(path);
    if (data.length !== sizeOf(tensor.shape)) throw new Error(`${path} has the wrong size`);
    fitted.set(path, { ...tensor, data });
  }
  return fitted;
}
