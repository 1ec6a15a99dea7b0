// How a module makes the model's fields of examples: the columns of the data declaration, and its programs for one example.

import { Reporter } from "../../grammar/diagnostic.ts";
import type { Persistent, Program } from "../../runtime/artifact.ts";
import type { ExampleColumn } from "../../runtime/module/examples.ts";
import type { WriterSource } from "../../runtime/module/writer.ts";
import type { BatchTensor } from "../../runtime/module/source.ts";
import type { Column } from "../../runtime/data/spec.ts";
import type { DatasetColumn } from "../../runtime/data/columns.ts";
import type { Vocabulary } from "../../runtime/data/text/vocabulary.ts";
import { failOn } from "../api/failure.ts";
import type { DataUnit } from "../elaborate/unit.ts";
import { compile } from "../index.ts";
import { inputName, topological, type Graph } from "../ir/graph.ts";
import { layoutPersistent } from "../program.ts";
import type { ModuleData } from "./data.ts";

export interface ExampleContents {
  readonly data: string;
  readonly columns: readonly ExampleColumn[];
  /** Inputs of columns that a prediction needs. */
  readonly predicts: readonly string[];
  readonly fields: readonly (BatchTensor & { readonly column?: string })[];
  readonly persistent: Persistent;
  readonly programs: readonly Program[];
  readonly fitted: ReadonlyMap<string, ArrayLike<number>>;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Names of the classes of labels. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

/** `inputs` are the fields that the model reads, `trained` those of a training step. */
export function describeExamples(
  unit: DataUnit,
  data: ModuleData,
  inputs: readonly string[],
  trained: ReadonlySet<string> | undefined,
  writers: readonly WriterSource[] = [],
): ExampleContents {
  const wanted = new Set([...inputs, ...(trained ?? [])]);
  const fields = data.fields.filter(({ name }) => wanted.has(name));
  const computed = new Set(fields.filter(({ column }) => column === undefined).map((f) => f.name));
  const states = unit.fits.flatMap((group) => group.states);
  const persistent = layoutPersistent(states, data.dims);
  const reporter = new Reporter();
  const program = (name: string, graph: Graph, names: Iterable<string>): Program[] => {
    const kept = new Set([...names].filter((field) => computed.has(field)));
    if (kept.size === 0) return [];
    const outputs = graph.outputs.filter((output) => kept.has(output.name));
    const made = compile(
      { inputs: graph.inputs, outputs },
      { name, target: "js", dims: data.dims, persistent, reporter },
    );
    if (!made) throw failOn(reporter.diagnostics);
    return [made];
  };
  const programs = [
    ...program("predict", unit.evaluation, inputs),
    ...writers.flatMap(({ name, source }) =>
      source ? program(`decode:${name}`, unit.evaluation, source.fields) : [],
    ),
    ...(trained
      ? [
          ...program("evaluation", unit.evaluation, trained),
          ...program("training", unit.training, trained),
        ]
      : []),
  ];
  const used = columnsOf(unit.evaluation, wanted);
  const columns = unit.spec.columns.filter(({ input }) => used.has(input));
  const predicts = columnsOf(unit.evaluation, new Set(inputs));
  const names = new Set([
    ...columns.flatMap(({ source }) => (source.kind === "tokens" ? source.vocabulary : [])),
    ...writers.map(({ vocabulary }) => vocabulary),
  ]);
  const isFitted = programs.length > 0;
  return {
    data: unit.name,
    columns: columns.map((column) => describeColumn(column, data)),
    predicts: columns.map(({ input }) => input).filter((input) => predicts.has(input)),
    fields: fields.map(({ name, dtype, shape, column }) => ({
      name,
      dtype,
      shape,
      batched: true,
      ...(column === undefined ? {} : { column }),
    })),
    persistent: isFitted ? persistent : { tensors: [], bytes: 0 },
    programs,
    fitted: new Map(
      isFitted
        ? states.map(({ path }) => [path, data.fitted.get(path)?.data ?? new Float32Array(0)])
        : [],
    ),
    vocabularies: new Map([...data.vocabularies].filter(([name]) => names.has(name))),
    labels: data.labels,
  };
}

/** Inputs of the columns that fields are made of. */
function columnsOf(graph: Graph, fields: ReadonlySet<string>): Set<string> {
  const nodes = graph.outputs.filter(({ name }) => fields.has(name)).map(({ node }) => node);
  const inputs = topological(nodes).filter(
    (node) => node.op === "input" && node.attrs["role"] === "field",
  );
  return new Set(inputs.map(inputName));
}

function describeColumn({ input, dtype, source }: Column, { columns }: ModuleData): ExampleColumn {
  const column = columns.get(input);
  if (!column) throw new Error(`the data have no column ${input}`);
  const common = { input, dtype, shape: column.shape };
  switch (source.kind) {
    case "column":
      return { ...common, kind: "numbers", name: source.name };
    case "numbers":
      return { ...common, kind: "beside", names: column.labels ?? [] };
    case "one_hot":
      return { ...common, kind: "one_hot", columns: categoriesOf(column) };
    case "category":
      return { ...common, kind: "category", name: source.name, values: column.labels ?? [] };
    case "tokens":
      if (source.rule === undefined) return { ...common, kind: "numbers", name: source.name };
      return {
        ...common,
        kind: "tokens",
        name: source.name,
        vocabulary: source.vocabulary,
        before: source.before,
        after: source.after,
      };
    default:
      return source satisfies never;
  }
}

function categoriesOf({
  categories,
}: Pick<DatasetColumn, "categories">): NonNullable<DatasetColumn["categories"]> {
  if (!categories) throw new Error("the column has no categories");
  return categories;
}
