// Batches made by a thread beside the training equal those made in place: bytes, order, errors.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTrainingData, type OpenedData } from "../../compiler/api/data.ts";
import { load } from "../../compiler/api/load.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { createSourceHost } from "../../runtime/node/source-host.ts";

const noisy = `
data noisy = digits(n = 300, seed = 3) {
  field image: [1, 28, 28] = if training then image / 255 + 0.1 * normal([1, 28, 28]) else image / 255
  field label: i32[]
  split = holdout(validation = 0.2)
}`;
const table = `
data table = csv("table.csv") {
  field x: [2] = columns("number", except = ["y"]) |> standardize
  field y: []
  field kind: i32[] = kind
  field kinds: [3] = columns("text") |> one_hot
}`;
const bad = `
data bad = csv("bad.csv") { field x: []  field y: [] = x + y }`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dlm-"));
  const lines = Array.from({ length: 40 }, (_, i) => `${i},${i * i},${i % 7},${"abc"[i % 3]}`);
  writeFileSync(path.join(folder, "table.csv"), `a,b,y,kind\n${lines.join("\n")}\n`);
  const rows = Array.from({ length: 30 }, (_, i) => (i === 17 ? "1,NA" : `${i},2`));
  writeFileSync(path.join(folder, "bad.csv"), `x,y\n${rows.join("\n")}\n`);
  for (const [name, text] of Object.entries({ noisy, table, bad })) {
    writeFileSync(path.join(folder, `${name}.dlm`), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(name: string, beside: "always" | "never", loaders = 1): Promise<OpenedData> {
  const main = path.join(folder, `${name}.dlm`);
  const dataHost = createDataHost({ folder, environment: {} });
  const file = load(main, { host: createSourceHost({ main }), dataHost, sets: {} });
  return openTrainingData(file.data(name), { dataHost, seed: 4, beside, loaders });
}

interface Pass {
  readonly split: string;
  readonly epoch: number;
  readonly from: number;
  readonly training: boolean;
}

/** Hashes of all the bytes of a batch's fields. */
interface Digest {
  readonly size: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** A pass's batches: at most `most`. */
async function take(data: OpenedData, pass: Pass, most = Infinity): Promise<Digest[]> {
  const taken: Digest[] = [];
  for await (const { size, inputs } of data.source.batches(pass.split, { ...pass, batch: 32 })) {
    const hashes = Object.entries(inputs).map(([name, { buffer, byteOffset, byteLength }]) => {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      return [name, createHash("sha256").update(bytes).digest("hex")];
    });
    taken.push({ size, fields: Object.fromEntries(hashes) as Digest["fields"] });
    if (taken.length >= most) break;
  }
  return taken;
}

const training = { split: "train", epoch: 0, from: 0, training: true };
const validation = { split: "validation", epoch: 0, from: 0, training: false };

describe("batches made beside the training", () => {
  test("are the same, in every pass, resumed and cut short", async () => {
    const [inline, beside] = [await open("noisy", "never"), await open("noisy", "always")];
    try {
      const first = await take(beside, training);
      expect(first).toHaveLength(8);
      expect(first.at(-1)?.size).toBe(16);
      expect(first).toEqual(await take(inline, training));
      expect(await take(beside, validation)).toEqual(await take(inline, validation));
      const later = { ...training, epoch: 2, from: 3 };
      expect(await take(beside, later, 2)).toEqual((await take(inline, later)).slice(0, 2));
      expect(await take(beside, later)).toEqual(await take(inline, later));
      expect(await take(beside, { ...later, epoch: 1 })).not.toEqual(await take(beside, later));
    } finally {
      await beside.close();
      await inline.close();
    }
  });

  test("are the same from several threads", async () => {
    const [inline, beside] = [await open("noisy", "never"), await open("noisy", "always", 3)];
    try {
      for (const pass of [training, validation, { ...training, epoch: 1, from: 2 }]) {
        expect(await take(beside, pass)).toEqual(await take(inline, pass));
      }
      expect(await take(beside, training, 4)).toEqual((await take(inline, training)).slice(0, 4));
      expect(await take(beside, validation)).toEqual(await take(inline, validation));
    } finally {
      await beside.close();
      await inline.close();
    }
  });

  test("have every kind of column and the fitted states", async () => {
    const [inline, beside] = [await open("table", "never"), await open("table", "always")];
    try {
      const found = await take(beside, training);
      expect(found).toEqual(await take(inline, training));
      expect(Object.keys(found[0]?.fields ?? {})).toEqual(["x", "y", "kind", "kinds"]);
    } finally {
      await beside.close();
      await inline.close();
    }
  });

  test("a pass within a pass does not wait for its end", async () => {
    const [inline, beside] = [await open("noisy", "never"), await open("noisy", "always")];
    try {
      const outer: number[] = [];
      for await (const { size } of beside.source.batches("train", { ...training, batch: 32 })) {
        outer.push(size);
        if (outer.length === 2) {
          expect(await take(beside, validation)).toEqual(await take(inline, validation));
        }
      }
      expect(outer).toHaveLength(8);
    } finally {
      await beside.close();
      await inline.close();
    }
  });

  test("a mistake in the data is told alike, at the same batch", async () => {
    const told: unknown[] = [];
    for (const loaders of [0, 1, 3]) {
      const data = await open("bad", loaders === 0 ? "never" : "always", loaders);
      const sizes: number[] = [];
      try {
        for await (const { size } of data.source.batches("train", { ...training, batch: 4 })) {
          sizes.push(size);
        }
      } catch (thrown) {
        const { message, place, help, name } = thrown as Error & Record<string, unknown>;
        told.push({ message, place, help, name, sizes });
      } finally {
        await data.close();
      }
    }
    expect(told).toHaveLength(3);
    expect(told[0]).toMatchObject({ name: "UserError", place: expect.stringMatching(/line 19$/) });
    expect(told[1]).toEqual(told[0]);
    expect(told[2]).toEqual(told[0]);
  });
});
