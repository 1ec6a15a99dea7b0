// What a module needs to know of a training's data: sizes, classes, vocabularies and what was fitted. Where the file tells
// all of it, the data need not be there.

import type { FieldSpec } from "../../runtime/data/batches.ts";
import type { DatasetColumn } from "../../runtime/data/columns.ts";
import type { Vocabulary } from "../../runtime/data/text/vocabulary.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import type { Tensor } from "../../runtime/types.ts";
import { fieldSpecs, fittedPaths, openTrainingData } from "../api/data.ts";
import type { DataUnit } from "../elaborate/unit.ts";

export interface ModuleData {
  /** Numbers for the dimensions that the data leave open. */
  readonly dims: Readonly<Record<string, number>>;
  readonly fields: readonly FieldSpec[];
  /** By the name of the example graph's input. */
  readonly columns: ReadonlyMap<string, Pick<DatasetColumn, "shape" | "labels" | "categories">>;
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly fitted: ReadonlyMap<string, Tensor>;
  /** To train on, where they were counted. */
  readonly examples?: number;
}

/** Readers whose files may name the classes. */
const namesClasses: ReadonlySet<string> = new Set(["cifar", "images"]);

/** Opens the data where they have to tell something; `fitted` are tensors of a run. */
export async function moduleData(
  unit: DataUnit,
  {
    dataHost,
    seed,
    fitted,
  }: {
    readonly dataHost: DataHost;
    readonly seed: number;
    readonly fitted?: ReadonlyMap<string, Tensor>;
  },
): Promise<ModuleData> {
  const known = knownData(unit, fitted);
  if (known && !namesClasses.has(unit.spec.reader)) return known;
  try {
    const opened = await openTrainingData(unit, {
      dataHost,
      seed,
      ...(fitted ? { fitted } : {}),
    });
    await opened.close();
    const { dims, fields, labels, dataset } = opened;
    return {
      dims,
      fields,
      labels,
      columns: dataset.columns,
      vocabularies: dataset.vocabularies,
      fitted: opened.fitted,
      examples: dataset.splits["train"]?.count ?? 0,
    };
  } catch (thrown) {
    // Names of classes are a comfort: without the files there are none.
    if (known && thrown instanceof UserError) return known;
    throw thrown;
  }
}

/** What the declaration and a run tell by themselves, if that is all. */
function knownData(
  unit: DataUnit,
  fitted: ReadonlyMap<string, Tensor> | undefined,
): ModuleData | undefined {
  const { columns } = unit.spec;
  if (columns.some(({ source }) => source.kind !== "column")) return undefined;
  const shapes = columns.map(({ input, shape }) => {
    const sizes = shape.filter((n) => typeof n === "number");
    return sizes.length === shape.length ? ([input, { shape: sizes }] as const) : undefined;
  });
  const all = shapes.filter((entry) => entry !== undefined);
  if (all.length < shapes.length) return undefined;
  const paths = [...fittedPaths(unit)];
  if (paths.some((path) => !fitted?.has(path))) return undefined;
  return {
    dims: {},
    fields: fieldSpecs(unit, {}),
    columns: new Map(all),
    labels: new Map(),
    vocabularies: new Map(),
    fitted: new Map([...(fitted ?? [])].filter(([path]) => paths.includes(path))),
  };
}
