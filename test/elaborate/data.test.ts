// Data declarations against the header of a file: columns, fitted blocks, categories, declarations that extend others.

import { describe, expect, test } from "vitest";
import type { DataUnit } from "../../compiler/elaborate/unit.ts";
import { typeText } from "../../compiler/ir/build.ts";
import { codes, program } from "./support.ts";

const files = { "a.csv": "size,rooms,street,price\n80,3,north,210\n95,,south,250\n" };

function data(body: string, name = "d"): DataUnit {
  const file = program(body, { files });
  expect(file.checkAll().map((found) => found.message)).toEqual([]);
  return file.data(name);
}

const fields = (unit: DataUnit): string[] =>
  unit.fields.map(({ name, type }) => `${name} ${typeText(type)}`);

describe("columns of a table", () => {
  test("are fields by their names, and names in expressions", () => {
    const unit = data(`data d = csv("a.csv") { field size: []  field both: [] = size + rooms }`);
    expect(fields(unit)).toEqual(["size f32[]", "both f32[]"]);
    expect(unit.spec.columns.map(({ input }) => input).sort()).toEqual(["rooms", "size"]);
    expect(unit.augmented).toBe(false);
  });

  test("a text column is a category in a field of type i32, or one-hot", () => {
    const unit = data(
      `data d = csv("a.csv") { field hot: [_] = street |> one_hot  field street: i32[] }`,
    );
    expect(fields(unit)).toEqual(["hot f32[d.one_hot street.size]", "street i32[]"]);
    expect(unit.spec.columns.map(({ source }) => source.kind)).toEqual(["one_hot", "category"]);
  });

  test("all columns of a kind are one vector, whose length the data tell", () => {
    const unit = data(`data d = csv("a.csv") {
      let scale = standardize
      field x: [_] = concat([columns("number", except = ["price"]) |> scale |> fill(0), columns("text") |> one_hot])
      field price: []
    }`);
    expect(fields(unit)).toHaveLength(2);
    expect(unit.fields[0]?.type.shape).toHaveLength(1);
    const sources = unit.spec.columns.map(({ source }) => source.kind);
    expect(sources.sort()).toEqual(["column", "numbers", "one_hot"]);
  });

  test("fitted blocks have their states under the name of the declaration", () => {
    const unit = data(`data d = csv("a.csv") {
      let scale = standardize
      field x: [_] = columns("number") |> scale
    }`);
    expect(unit.fits).toHaveLength(1);
    const states = unit.fits[0]?.states ?? [];
    expect(states.length).toBeGreaterThan(1);
    for (const { path, role } of states) {
      expect(path).toMatch(/^d\.scale\./);
      expect(role).toBe("fitted");
    }
    const written = unit.fits[0]?.fit.outputs.map(({ name }) => name).sort();
    expect(written).toEqual(states.map(({ path }) => path).sort());
  });

  test("without the file, names are taken for columns of numbers", () => {
    const text = `data d = csv("gone.csv") { field a: []  field b: [] = c * 2 }`;
    expect(codes(text)).toEqual([]);
  });
});

describe("a declaration that extends another", () => {
  const base = `data base = synthetic(20) {
    let scale = 3
    field x: [2] = normal([2]) * scale
    split = holdout(validation = 0.2)
  }`;

  test("has its reader, fields and split, and adds its own after them", () => {
    const unit = data(`${base}\ndata d = base { field y: [1] = x[:1] * scale }`);
    expect(fields(unit)).toEqual(["x f32[2]", "y f32[1]"]);
    expect(unit.spec).toMatchObject({
      name: "d",
      reader: "synthetic",
      split: { kind: "holdout", validation: 0.2, test: 0 },
    });
  });

  test("may give a field and the split anew, and be extended again", () => {
    const unit = data(`${base}
      data middle = base { field x: [1] = x[:1] }
      data d = middle { split = holdout(test = 0.5) }`);
    expect(fields(unit)).toEqual(["x f32[1]"]);
    expect(unit.spec.split).toEqual({ kind: "holdout", validation: 0, test: 0.5 });
  });

  test("may come from another file", () => {
    const text = 'import { base as b } from "./base.dlm"\ndata d = b { field y: [] = x[0] }';
    const file = program(text, { files: { "base.dlm": base } });
    expect(file.checkAll()).toEqual([]);
    expect(fields(file.data("d"))).toEqual(["x f32[2]", "y f32[]"]);
  });

  test("cannot lead back to itself", () => {
    const found = codes("data a = b { }\ndata b = a { }");
    expect(new Set(found)).toEqual(new Set(["recursion"]));
  });
});
