import { describe, expect, test } from "vitest";
import { memoryHost } from "../../runtime/memory-host.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { openData, type Dataset } from "../../runtime/data/open.ts";
import { readerCatalogue } from "../../runtime/data/readers/index.ts";
import type { Argument, Column, DataSpec, SplitSpec } from "../../runtime/data/spec.ts";
import { dataDir, describeShared } from "../support/shared.ts";

const numbers = (except: readonly string[] = []): Column => ({
  input: "numbers",
  dtype: "f32",
  shape: ["d"],
  source: { kind: "numbers", except },
});
const oneHot = (columns: readonly string[] | "text" = "text"): Column => ({
  input: "kinds",
  dtype: "f32",
  shape: ["k"],
  source: { kind: "one_hot", columns, except: [] },
});
const plain = (name: string, dtype: Column["dtype"] = "f32"): Column => ({
  input: name,
  dtype,
  shape: [],
  source: { kind: "column", name },
});
const category = (name: string): Column => ({
  input: name,
  dtype: "i32",
  shape: [],
  source: { kind: "category", name },
});

interface Given {
  readonly columns?: readonly Column[];
  readonly split?: SplitSpec;
  readonly args?: Readonly<Record<string, Argument>>;
}

function spec({ columns = [], split = { kind: "none" }, args = {} }: Given): DataSpec {
  const given = { path: "t.csv", ...args };
  return { name: "t", reader: "csv", arguments: given, place: "m.dlm:1:1", columns, split };
}

function open(text: string, given: Given = {}): Promise<Dataset> {
  return openData(spec(given), memoryHost({ "t.csv": text }), { seed: 0 });
}

const houses = `Id,Area,Zone,Age,Price
1,60,"north, upper",NA,100
2,70.5,south,3,120
3,,south,4,90
4,1e2,NA,5,200
`;

describe("csv", () => {
  test("types columns by what is in them; missing numbers are NaN", async () => {
    const data = await open(houses, { columns: [numbers(["Id", "Price"]), plain("Price")] });
    expect(data.dims).toEqual({ d: 2 });
    expect(data.columns.get("numbers")?.labels).toEqual(["Area", "Age"]);
    expect(data.read("numbers", [0, 2, 3])).toEqual(Float32Array.of(60, NaN, NaN, 4, 100, 5));
    expect(data.read("Price", [3])).toEqual(Float32Array.of(200));
  });

  test("categories are one-hot, sorted; missing ones are all zeros", async () => {
    const data = await open(houses, { columns: [oneHot(), category("Zone")] });
    expect(data.dims).toEqual({ k: 2 });
    expect(data.columns.get("kinds")?.labels).toEqual(["Zone=north, upper", "Zone=south"]);
    expect(data.read("kinds", [0, 1, 3])).toEqual(Float32Array.of(1, 0, 0, 1, 0, 0));
    expect(data.read("Zone", [0, 1, 3])).toEqual(Int32Array.of(0, 1, -1));
  });

  test("categories come from the training split alone", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i},k${i}`).join("\n");
    const split = { kind: "holdout", validation: 0.25, test: 0 } as const;
    const data = await open(`n,k\n${rows}`, { columns: [oneHot()], split });
    expect(data.dims).toEqual({ k: 30 });
    const unseen = data.read("kinds", data.splits["validation"]?.rows ?? []);
    expect(unseen.every((value) => value === 0)).toBe(true);
    const seen = data.read("kinds", data.splits["train"]?.rows ?? []);
    expect([...seen].filter((value) => value === 1)).toHaveLength(30);
  });

  test("header, separator, types and missing are settings", async () => {
    const data = await open("1;x\n?;y\n", {
      columns: [plain("column_0"), category("column_1")],
      args: { header: false, separator: ";", missing: ["?"] },
    });
    expect(data.read("column_0", [0, 1])).toEqual(Float32Array.of(1, NaN));
    const text = await open("zip\n01234\n90210\n", {
      columns: [category("zip")],
      args: { types: { zip: "string" } },
    });
    expect(text.columns.get("zip")?.labels).toEqual(["01234", "90210"]);
  });

  test("a byte order mark, Windows line ends and quoted line ends are no trouble", async () => {
    const data = await open('\uFEFFa,b\r\n1,"x\r\ny"\r\n2,z\r\n', { columns: [plain("a")] });
    expect(data.read("a", [0, 1])).toEqual(Float32Array.of(1, 2));
    expect(data.place(1)).toBe("t.csv, line 4");
  });

  test("given takes files of a folder", async () => {
    const host = memoryHost({ "f/a.csv": "x,y\n1,u\n2,v\n", "f/b.csv": "x,y\n3,w\n" });
    const split = { kind: "given", parts: { train: "a.csv", test: "b.csv" } } as const;
    const columns = [plain("x"), oneHot()];
    const data = await openData(spec({ columns, split, args: { path: "f/" } }), host, { seed: 0 });
    expect(data.splits["test"]?.rows).toEqual(Int32Array.of(2));
    expect(data.dims).toEqual({ k: 2 });
    expect(data.place(2)).toBe("f/b.csv, line 2");
  });

  test("tells columns from the beginning of the file", () => {
    const info = readerCatalogue(memoryHost({ "t.csv": houses })).info("csv", { path: "t.csv" });
    expect(info).toEqual({
      columns: ["Id", "Area", "Zone", "Age", "Price"].map((name) => ({
        name,
        type: name === "Zone" ? "string" : "f32",
        shape: [],
      })),
      complete: true,
      examples: 4,
    });
    const long = `a,b\n${'1,"ä,\nö"\n'.repeat(40000)}`;
    const catalogue = readerCatalogue(memoryHost({ "t.csv": long }));
    const told = catalogue.info("csv", { path: "t.csv" });
    expect(told?.columns.map((column) => column.type)).toEqual(["f32", "string"]);
    expect(told?.examples).toBeUndefined();
    expect(catalogue.info("csv", { path: "elsewhere.csv" })).toBeUndefined();
  });

  const many = Array.from({ length: 30 }, (_, i) => `${i},${i}`);
  const withText = ["a,b", ...many.slice(0, 20), "20,oops", ...many.slice(21)].join("\n");
  const wrong: readonly (readonly [string, string, Given, RegExp, RegExp])[] = [
    [
      "text among numbers",
      withText,
      { columns: [numbers()] },
      /`b` holds "oops"/,
      /t\.csv, line 22/,
    ],
    [
      "text among numbers, one-hot",
      withText,
      { columns: [oneHot()] },
      /`b` holds "oops"/,
      /line 22/,
    ],
    ["text in a forced column", "a\n1\nx\n", { args: { types: { a: "number" } } }, /"x"/, /line 3/],
    ["text where a number is read", "a\n1\nx\n", { columns: [plain("a")] }, /"x"/, /line 3/],
    [
      "numbers where text is read",
      "a\n1\n",
      { columns: [category("a")] },
      /holds numbers/,
      /m\.dlm/,
    ],
    ["an unknown column", "a\n1\n", { columns: [plain("b")] }, /no column `b`/, /m\.dlm/],
    ["a row too short", "a,b\n1,2\n3\n", {}, /2 values are wanted in a row, there are 1/, /line 3/],
    ["a row too long", "a,b\n1,2\n\n3,4,5\n", {}, /there are 3/, /line 4/],
    ["an open quote", 'a,b\n1,"2\n3,4\n', {}, /no valid table/, /t\.csv/],
    ["two columns of one name", "a,a\n1,2\n", {}, /two columns are called `a`/, /line 1/],
    ["an empty file", "", {}, /empty/, /t\.csv/],
    ["a header alone", "a,b\n", {}, /no rows/, /t\.csv/],
    [
      "types of an unknown column",
      "a\n1\n",
      { args: { types: { b: "number" } } },
      /names b/,
      /m\.dlm/,
    ],
  ];
  for (const [what, text, given, message, place] of wrong) {
    test(`refuses ${what}`, async () => {
      const error: unknown = await open(text, given).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        name: "UserError",
        message: expect.stringMatching(message),
        place: expect.stringMatching(place),
      });
    });
  }

  test("refuses bytes that are no UTF-8", async () => {
    const host = memoryHost({ "t.csv": Uint8Array.of(97, 10, 0xe9, 10) });
    await expect(openData(spec({}), host, { seed: 0 })).rejects.toThrow(/UTF-8/);
  });
});

describeShared("real tables", () => {
  const host = createDataHost({ folder: dataDir ?? "", environment: {} });
  const openReal = (path: string, given: Given): Promise<Dataset> =>
    openData(spec({ ...given, args: { path, ...given.args } }), host, { seed: 0 });

  test("California housing", async () => {
    const columns = [numbers(["median_house_value"]), oneHot()];
    const data = await openReal("tabular/california_housing.csv", { columns });
    expect(data.count).toBe(20640);
    expect(data.dims).toEqual({ d: 8, k: 5 });
    const values = data.read(
      "numbers",
      Int32Array.from({ length: 20640 }, (_, i) => i),
    );
    expect(values.filter((value: number) => Number.isNaN(value))).toHaveLength(207);
  });

  test("penguins", async () => {
    const data = await openReal("tabular/penguins.csv", {
      columns: [numbers(), category("species")],
    });
    expect(data.columns.get("species")?.labels).toEqual(["Adelie", "Chinstrap", "Gentoo"]);
    const species = data.read(
      "species",
      Int32Array.from({ length: 344 }, (_, i) => i),
    );
    expect([0, 1, 2].map((k) => species.filter((s: number) => s === k).length)).toEqual([
      152, 68, 124,
    ]);
  });

  test("airfoil noise: tabs, no header", async () => {
    const args = { header: false, separator: "\t" };
    const data = await openReal("tabular/airfoil_self_noise.dat", { columns: [numbers()], args });
    expect([data.count, data.dims["d"]]).toEqual([1503, 6]);
  });
});
