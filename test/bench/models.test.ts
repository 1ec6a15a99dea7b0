// The models of the benchmark: every file is sound, and a step computes what PyTorch's step computes.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { models } from "../../bench/models.ts";
import { hashed } from "../../bench/numbers.ts";
import { openModel } from "../../bench/open.ts";
import { load } from "../../compiler/api/index.ts";
import { createDataHost, createSourceHost } from "../../runtime/node/index.ts";
import { describeUnless } from "../support/describe-unless.ts";
import { repositoryRoot, sharedDir } from "../support/shared.ts";

const folder = path.join(repositoryRoot, "bench", "models");

describe("the models of the benchmark", () => {
  it("are all listed", () => {
    const files = readdirSync(folder).map((name) => path.basename(name, ".dlm"));
    expect(files.sort()).toEqual(models.map((model) => model.name).sort());
  });

  it.each(models.map((model) => model.name))("%s has no mistakes", (name) => {
    const file = path.join(folder, `${name}.dlm`);
    const dataHost = createDataHost({ folder });
    const loaded = load(file, { host: createSourceHost({ main: file }), dataHost });
    expect(loaded.checkAll()).toEqual([]);
  });

  it.each(models.map((model) => model.name))(
    "%s has a start value for every parameter and numbers for every field",
    async (name) => {
      // Opening writes them and throws where one is missing.
      const { runner, program } = await openModel(name, { device: "js", batch: 2 });
      const { fields } = models.find((model) => model.name === name) ?? {};
      const given = program.inputs.filter((input) => !input.name.startsWith("$"));
      expect(given.map((input) => input.name).sort()).toEqual(Object.keys(fields ?? {}).sort());
      await runner.close();
    },
  );

  it("draw their numbers from the hash, evenly in [0, 1)", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) {
      const tenth = Math.floor(10 * hashed(7, i));
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(900);
    expect(Math.max(...counts)).toBeLessThan(1100);
  });

  it("compute in js what the reference computes: two steps of the small VGG", async () => {
    const options = { exact: true, batch: 2 };
    const expected = await losses("vgg-small", 2, { ...options, device: "reference" });
    const found = await losses("vgg-small", 2, { ...options, device: "js" });
    found.forEach((loss, i) => expect(loss / (expected[i] ?? 0)).toBeCloseTo(1, 4));
  });
});

/** Recorded runs of PyTorch on the same weights and data. */
const peers = sharedDir === undefined ? undefined : path.join(sharedDir, "bench", "peers");
const absent = peers === undefined || !existsSync(path.join(peers, "results.json"));

describeUnless(absent ? "the figures of ../shared/bench/peers are absent" : null, "PyTorch", () => {
  // More steps of the larger models would take long in JavaScript; `npm run bench -- --check` compares four of each.
  const steps = { mlp: 1, lenet: 4, "transformer-enc": 2, "tiny-gpt": 1 };

  it.each(Object.entries(steps))(
    "agrees on the losses of %s",
    { timeout: 60_000 },
    async (name, count) => {
      const expected = recordedLosses(name).slice(0, count);
      expect(expected).toHaveLength(count);
      const found = await losses(name, count, { device: "js", exact: true });
      found.forEach((loss, i) => expect(loss / (expected[i] ?? 0)).toBeCloseTo(1, 5));
    },
  );
});

async function losses(
  name: string,
  count: number,
  options: Parameters<typeof openModel>[1],
): Promise<number[]> {
  const { runner, run } = await openModel(name, options);
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push(await run());
  await runner.close();
  return found;
}

/** Four losses where the notes tell them, else the first one of the results. */
function recordedLosses(model: string): number[] {
  const read = (file: string): string => readFileSync(path.join(peers ?? "", file), "utf8");
  const list = new RegExp(`${model}((?: \\d+\\.\\d{6}){4})`).exec(read("NOTES.md"))?.[1];
  if (list !== undefined) return list.trim().split(" ").map(Number);
  const { rows } = JSON.parse(read("results.json")) as {
    rows: readonly { peer: string; model: string; mode: string; loss_first?: number }[];
  };
  const row = rows.find(
    (each) =>
      each.peer.startsWith("pytorch") && each.model === model && each.loss_first !== undefined,
  );
  return row?.loss_first === undefined ? [] : [row.loss_first];
}
