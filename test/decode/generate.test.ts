// The driver: prompts of several lengths side by side, windows that slide, rows for the model's other inputs.

import { describe, expect, test } from "vitest";
import { generate, type GenerateOptions } from "../../runtime/decode/generate.ts";
import type { DecodeRule } from "../../runtime/decode/rule.ts";
import { toyScorer } from "./toy-scorer.ts";

const greedy: DecodeRule = {
  pick: { kind: "greedy" },
  repetitionPenalty: 1,
  limit: 5,
  stop: [],
  seed: 0,
};
const beams: DecodeRule = { ...greedy, pick: { kind: "beam", n: 3, lengthPenalty: 0.75 } };
const drawn: DecodeRule = { ...greedy, pick: { kind: "sample", temperature: 1 }, limit: 12 };

/** What follows depends on the whole prefix, so that a row that lost its own is seen. */
function mixed(prefix: readonly number[]): Readonly<Record<number, number>> {
  const sum = prefix.reduce((total, id, i) => total + id * (i + 1), 0);
  return { 3: 0.03, 4: 0.2 + (sum % 7) / 20, 5: 0.2 + (sum % 5) / 20, 6: 0.2 + (sum % 3) / 20 };
}

async function texts(
  rule: DecodeRule,
  rows: number,
  prompts: GenerateOptions["prompts"],
): Promise<number[][]> {
  const found = await generate({ scorer: toyScorer(rows, 40, mixed), rule, prompts });
  return found.map(({ ids }) => [...ids]);
}

describe("several prompts", () => {
  const prompts = [[4], [5, 6, 4, 4, 5], [6, 6], [4, 5, 6], [5]];

  test.each([
    ["greedy", greedy, 1],
    ["beams", beams, 3],
    ["drawn", drawn, 1],
  ] as const)("%s: side by side as one by one", async (_name, rule, width) => {
    const single = await texts(rule, width, prompts);
    expect(single.every((ids) => ids.length > 0)).toBe(true);
    for (const atOnce of [2, 3, 5, 8]) {
      expect(await texts(rule, atOnce * width, prompts)).toEqual(single);
    }
  });

  test("each draws numbers of its own, and a seed gives the same again", async () => {
    const same = [[4], [4], [4], [4]];
    const found = await texts(drawn, 2, same);
    expect(new Set(found.map(String)).size).toBeGreaterThan(1);
    expect(await texts(drawn, 4, same)).toEqual(found);
    expect(await texts({ ...drawn, seed: 1 }, 4, same)).not.toEqual(found);
    const later = await generate({
      scorer: toyScorer(2, 40, mixed),
      rule: drawn,
      prompts: [[4], [4]],
      first: 2,
    });
    expect(later.map(({ ids }) => [...ids])).toEqual(found.slice(2));
  });

  test("draws follow the chances", async () => {
    const scorer = toyScorer(100, 4, () => ({ 3: 0.1, 4: 0.6, 5: 0.3 }));
    const rule: DecodeRule = { ...drawn, limit: 1 };
    const found = await generate({
      scorer,
      rule,
      prompts: Array.from({ length: 2000 }, () => [4]),
    });
    const share = (id: number): number => found.filter(({ ids }) => ids[0] === id).length / 2000;
    // Three standard deviations of a share of 0.6 are 0.033.
    expect(Math.abs(share(4) - 0.6)).toBeLessThan(0.033);
    expect(Math.abs(share(5) - 0.3)).toBeLessThan(0.031);
  });

  test("rows of other inputs go with their texts", async () => {
    const scorer = toyScorer(6, 10, (_prefix, row) => ({ 4: 0.5, 5: 0.4, 3: 0.1 + row / 1000 }));
    const fields = { source: Int32Array.of(1, 2, 10, 20, 100, 200) };
    await generate({ scorer, rule: beams, prompts: [[2], [2], [2]], fields });
    expect(scorer.fields.map(({ source }) => [...(source ?? [])])).toEqual([
      [1, 2, 1, 2, 1, 2, 10, 20, 10, 20, 10, 20],
      [100, 200, 100, 200, 100, 200, 100, 200, 100, 200, 100, 200],
    ]);
  });
});

describe("a window", () => {
  test("slides on from its last half", async () => {
    // Ids count up, so that every prefix is read off.
    const scorer = toyScorer(1, 6, (prefix) => ({ [(prefix.at(-1) ?? 0) + 1]: 1 }), 40);
    const rule: DecodeRule = { ...greedy, limit: 8 };
    const [found] = await generate({ scorer, rule, prompts: [[10, 11, 12, 13]] });
    expect(found).toEqual({ ids: [14, 15, 16, 17, 18, 19, 20, 21], ending: "limit" });
    expect(scorer.read.map(([prefix]) => prefix)).toEqual([
      [10, 11, 12, 13],
      [10, 11, 12, 13, 14],
      [10, 11, 12, 13, 14, 15],
      [13, 14, 15, 16],
      [13, 14, 15, 16, 17],
      [13, 14, 15, 16, 17, 18],
      [16, 17, 18, 19],
      [16, 17, 18, 19, 20],
    ]);
  });

  test("of beams slides with each row's own prefix", async () => {
    const wide = await generate({
      scorer: toyScorer(3, 40, (p) => mixed(p.slice(-2))),
      rule: beams,
      prompts: [[4, 5]],
    });
    const narrow = await generate({
      scorer: toyScorer(3, 4, (p) => mixed(p.slice(-2))),
      rule: beams,
      prompts: [[4, 5]],
    });
    expect(narrow).toEqual(wide);
  });

  test("of one token forgets everything else", async () => {
    const scorer = toyScorer(1, 1, (prefix) => ({ [(prefix.at(-1) ?? 0) + 1]: 1 }), 40);
    const [found] = await generate({ scorer, rule: { ...greedy, limit: 3 }, prompts: [[4, 5, 6]] });
    expect(found?.ids).toEqual([7, 8, 9]);
  });
});

test("an interruption gives what there is", async () => {
  const control = new AbortController();
  const told: number[] = [];
  const scorer = toyScorer(1, 40, mixed);
  const onToken = (_sequence: number, id: number): void => {
    told.push(id);
    if (told.length === 2) control.abort();
  };
  const [found] = await generate({
    scorer,
    rule: greedy,
    prompts: [[4]],
    signal: control.signal,
    onToken,
  });
  expect(found?.ending).toBeUndefined();
  expect(found?.ids).toEqual(told);
});
