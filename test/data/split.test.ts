// Splits: folds that part the examples, and shares of each class that stay the same.

import { describe, expect, test } from "vitest";

import { piecesOf } from "../../runtime/data/store.ts";
import { splitRows } from "../../runtime/data/split.ts";
import type { DataSpec, SplitSpec } from "../../runtime/data/spec.ts";
import type { Table } from "../../runtime/data/table.ts";

/** 100 rows: 70 of class 0, 20 of class 1, 10 of class 2. */
const classes = Int32Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i < 90 ? 1 : 2));
const table: Table = {
  count: 100,
  parts: [{ name: "all", start: 0, end: 100 }],
  columns: new Map([
    [
      "label",
      {
        kind: "numbers",
        name: "label",
        dtype: "i32",
        shape: [],
        store: { kind: "arrays", pieces: piecesOf(1, [classes]) },
      },
    ],
  ]),
  files: [],
  place: (row) => `row ${row}`,
};

const split = (kind: SplitSpec, options: { seed: number; fold?: number }) => {
  const spec: DataSpec = {
    name: "d",
    reader: "csv",
    arguments: {},
    place: "d.dlm:1:1",
    columns: [],
    split: kind,
  };
  return splitRows(spec, table, options);
};
const countClasses = (rows: Int32Array | undefined): number[] =>
  [0, 1, 2].map((c) => [...(rows ?? [])].filter((row) => classes[row] === c).length);

describe("kfold", () => {
  test.each([{}, { stratify: "label" }])("parts the examples %j", (more) => {
    const seen: number[] = [];
    for (let fold = 0; fold < 7; fold++) {
      const found = split({ kind: "kfold", k: 7, ...more }, { seed: 3, fold });
      const validation = [...(found["validation"]?.rows ?? [])];
      expect([14, 15]).toContain(validation.length);
      const train = [...(found["train"]?.rows ?? [])];
      expect([...validation, ...train].sort((a, b) => a - b)).toEqual([...classes.keys()]);
      seen.push(...validation);
    }
    expect(seen.sort((a, b) => a - b)).toEqual([...classes.keys()]);
    expect(Object.keys(split({ kind: "kfold", k: 7, ...more }, { seed: 3 }))).toEqual(["train"]);
  });

  test("stratified folds have the same share of each class, another seed other rows", () => {
    const of = (seed: number) =>
      split({ kind: "kfold", k: 5, stratify: "label" }, { seed, fold: 2 });
    expect(countClasses(of(1)["validation"]?.rows)).toEqual([14, 4, 2]);
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  test("needs as many examples as folds", () => {
    expect(() => split({ kind: "kfold", k: 101 }, { seed: 0, fold: 0 })).toThrow(/too few/);
  });
});

describe("holdout", () => {
  test("stratified shares are those of the whole", () => {
    const found = split(
      { kind: "holdout", validation: 0.2, test: 0.1, stratify: "label" },
      { seed: 5 },
    );
    expect(countClasses(found["validation"]?.rows)).toEqual([14, 4, 2]);
    expect(countClasses(found["test"]?.rows)).toEqual([7, 2, 1]);
    expect(found["train"]?.count).toBe(70);
  });

  test("names a column that is not there", () => {
    const kind = { kind: "holdout", validation: 0.2, test: 0, stratify: "colour" } as const;
    expect(() => split(kind, { seed: 0 })).toThrow(/no column `colour`/);
  });
});
