// Picking against figures worked out apart: PyTorch's softmax in double precision, and all texts of a small chain one by
// one (a script of a few lines: every path of `chain` below, its log-probability over length ** alpha).

import { describe, expect, test } from "vitest";
import { generate } from "../../runtime/decode/generate.ts";
import type { DecodeRule, PickRule } from "../../runtime/decode/rule.ts";
import { drawToken } from "../../runtime/decode/sample.ts";
import { logSoftmax, pickable } from "../../runtime/decode/scores.ts";
import { UserError } from "../../runtime/errors.ts";
import { toyScorer } from "./toy-scorer.ts";

const scores = Float32Array.of(9, 9, 9, 1, 2, 0.5, -1); // padding, unknown and begin are never picked

function rule(pick: PickRule, more: Partial<DecodeRule> = {}): DecodeRule {
  return { pick, repetitionPenalty: 1, limit: 4, stop: [], seed: 0, ...more };
}

describe("drawing", () => {
  const draw = (random: number, more: object = {}): number =>
    drawToken(pickable(scores, [], 1), { temperature: 1, ...more }, random);

  // torch.softmax(…).cumsum(0): 0.224208 0.833668 0.969657 1 for ids 3 … 6.
  test.each([
    [0, 3],
    [0.2242, 3],
    [0.22421, 4],
    [0.8336, 4],
    [0.8337, 5],
    [0.9697, 6],
    [0.9999999, 6],
  ])("temperature 1, %f draws %i", (random, id) => {
    expect(draw(random)).toBe(id);
  });

  // The same at temperature 0.5: 0.113957 0.95599 0.997913 1.
  test.each([
    [0.1139, 3],
    [0.114, 4],
    [0.9559, 4],
    [0.956, 5],
    [0.998, 6],
  ])("temperature 0.5, %f draws %i", (random, id) => {
    expect(draw(random, { temperature: 0.5 })).toBe(id);
  });

  test("top_k = 2 keeps ids 3 and 4, with 0.268941 for the first", () => {
    expect(draw(0.2689, { topK: 2 })).toBe(3);
    expect(draw(0.269, { topK: 2 })).toBe(4);
    expect(draw(0.9999999, { topK: 2 })).toBe(4);
    expect(draw(0.5, { topK: 1 })).toBe(4);
    expect(draw(0.9999999, { topK: 100 })).toBe(6);
  });

  test("top_p keeps the fewest tokens that reach it", () => {
    // The most likely has 0.609460, with the next 0.833668, with the third 0.969657.
    expect(draw(0.0001, { topP: 0.6 })).toBe(4);
    expect(draw(0.9999999, { topP: 0.6 })).toBe(4);
    expect(draw(0.0001, { topP: 0.61 })).toBe(3);
    expect(draw(0.9999999, { topP: 0.83 })).toBe(4);
    expect(draw(0.9999999, { topP: 0.84 })).toBe(5);
    expect(draw(0.9999999, { topP: 1 })).toBe(6);
  });

  test("of equal scores the first ids are kept", () => {
    const equal = (): Float64Array => pickable(new Float32Array(7), [], 1);
    expect(drawToken(equal(), { temperature: 1, topK: 2 }, 0.49)).toBe(3);
    expect(drawToken(equal(), { temperature: 1, topK: 2 }, 0.51)).toBe(4);
  });
});

test("the penalty divides positive scores of what is there and multiplies negative ones", () => {
  // torch.log_softmax of [1, 2 / 2, 0.5, -1 · 2].
  const logs = logSoftmax(pickable(scores, [4, 6, 4], 2));
  for (const [i, expected] of [-0.976941, -0.976941, -1.476941, -3.976941].entries()) {
    expect(logs[3 + i]).toBeCloseTo(expected, 6);
  }
  expect(logs[0]).toBe(-Infinity);
});

test("scores that are no numbers are told, not picked from", () => {
  expect(() => pickable(new Float32Array(7).fill(Number.NaN), [], 1)).toThrow(UserError);
  expect(() => pickable(new Float32Array(7).fill(Infinity), [], 1)).toThrow(UserError);
  expect(pickable(Float32Array.of(0, 0, 0, Number.NaN, 1, 1, 1), [], 1)[3]).toBe(-Infinity);
});

describe("searching a chain", () => {
  const chain: Readonly<Record<number, Readonly<Record<number, number>>>> = {
    2: { 4: 0.5, 5: 0.4, 6: 0.08, 3: 0.02 },
    4: { 4: 0.1, 5: 0.3, 6: 0.25, 3: 0.35 },
    5: { 4: 0.05, 5: 0.05, 6: 0.1, 3: 0.8 },
    6: { 4: 0.3, 5: 0.3, 6: 0.3, 3: 0.1 },
  };

  async function search(pick: PickRule, more: Partial<DecodeRule> = {}): Promise<number[]> {
    const rows = pick.kind === "beam" ? pick.n : 1;
    const scorer = toyScorer(rows, 20, (prefix) => chain[prefix.at(-1) ?? 2] ?? {});
    const [found] = await generate({ scorer, rule: rule(pick, more), prompts: [[2]] });
    return [...(found?.ids ?? [])];
  }

  test("greedy takes the best step, which is not the best text", async () => {
    expect(await search({ kind: "greedy" })).toEqual([4, 3]);
    expect(await search({ kind: "beam", n: 1, lengthPenalty: 0 })).toEqual([4, 3]);
  });

  // Log-probabilities: 5 3 −1.139434, 4 3 −1.742969, 4 5 3 −2.120264, 4 6 5 3 −3.506558.
  test.each([
    [0, [5, 3]],
    [0.75, [5, 3]],
    [2, [4, 6, 5, 3]],
  ])("sixteen beams find the best of all texts, length penalty %f", async (lengthPenalty, ids) => {
    expect(await search({ kind: "beam", n: 16, lengthPenalty })).toEqual(ids);
  });

  test("two beams find what greedy misses", async () => {
    expect(await search({ kind: "beam", n: 2, lengthPenalty: 0.75 })).toEqual([5, 3]);
  });

  test("a text ends at the limit and after a stop", async () => {
    expect(await search({ kind: "greedy" }, { limit: 1 })).toEqual([4]);
    expect(await search({ kind: "greedy" }, { stop: [[4]] })).toEqual([4]);
    expect(await search({ kind: "beam", n: 4, lengthPenalty: 0 }, { limit: 1 })).toEqual([4]);
    expect(await search({ kind: "beam", n: 4, lengthPenalty: 0 }, { stop: [[4, 5]] })).toEqual([
      5, 3,
    ]);
  });
});
