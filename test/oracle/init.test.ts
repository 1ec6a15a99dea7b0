// Initialisers by their statistics: bounds, mean, spread, orthogonality; equal seeds agree, others differ.

import { expect, test } from "vitest";
import { Reporter } from "../../grammar/diagnostic.ts";
import { initialTensors } from "../../compiler/api/initial.ts";
import type { ModelUnit } from "../../compiler/elaborate/unit.ts";
import { describeShared } from "../support/shared.ts";
import { readCases, type OracleCase } from "./support/manifest.ts";
import { modelOf } from "./support/program.ts";
import { tally } from "./support/tally.ts";

interface InitCase extends OracleCase {
  readonly shape: readonly number[];
  readonly expect: {
    readonly mean: number;
    readonly std: number;
    readonly low?: number;
    readonly high?: number;
  };
  readonly mean_tolerance: number;
  readonly std_tolerance: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly orthogonal?: "rows" | "columns";
  readonly orthogonality_tolerance?: number;
}

/** The initialiser as the language writes it. */
function initialiser({ op, attrs }: InitCase): string {
  const settings = (names: Readonly<Record<string, string>> = {}): string =>
    Object.entries(attrs)
      .map(([name, value]) => `${names[name] ?? name} = ${JSON.stringify(value)}`)
      .join(", ");
  switch (op) {
    case "torch_linear":
      return "kaiming_uniform";
    case "constant":
      return `full(${settings()})`;
    case "uniform":
      return `uniform(${settings({ low: "from", high: "to" })})`;
    case "trunc_normal":
      return `truncated_normal(${settings({ low: "from", high: "to" })})`;
    default:
      return `${op}(${settings()})`;
  }
}

function draw(model: ModelUnit, seed: number): ArrayLike<number> {
  const reporter = new Reporter();
  const values = initialTensors(model.tensors, { dims: {}, seed, reporter });
  expect(reporter.diagnostics).toEqual([]);
  return values.get("w")?.data ?? [];
}

describeShared("oracle init", () => {
  const cases = readCases<InitCase>("init");
  const counter = tally("init", cases.length, 0);
  for (const c of cases) {
    test(c.id, () => {
      const model = modelOf(
        `model Case(unused: []) -> (y: []) {\n  param w: [${c.shape.join(", ")}] = ${initialiser(c)}\n  return unused + sum(w)\n}\n`,
      );
      const values = draw(model, 1);
      expect(values.length).toBe(c.shape.reduce((a, b) => a * b, 1));
      const { mean, std, low, high } = statistics(values);
      expect(Math.abs(mean - c.expect.mean)).toBeLessThanOrEqual(c.mean_tolerance + 1e-9);
      expect(Math.abs(std - c.expect.std)).toBeLessThanOrEqual(c.std_tolerance + 1e-9);
      // A bound is met by the number as it is stored.
      if (c.expect.low !== undefined) expect(low).toBeGreaterThanOrEqual(Math.fround(c.expect.low));
      if (c.expect.high !== undefined) expect(high).toBeLessThanOrEqual(Math.fround(c.expect.high));
      if (c.orthogonal)
        expect(orthogonality(c, values)).toBeLessThanOrEqual(c.orthogonality_tolerance ?? 0);
      expect(draw(model, 1)).toEqual(values);
      if (c.op !== "constant") expect(draw(model, 2)).not.toEqual(values);
      counter.ran();
    });
  }
});

function statistics(values: ArrayLike<number>): {
  mean: number;
  std: number;
  low: number;
  high: number;
} {
  let sum = 0;
  let squares = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const x = Number(values[i]);
    sum += x;
    squares += x * x;
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  const mean = sum / values.length;
  return { mean, std: Math.sqrt(Math.max(squares / values.length - mean * mean, 0)), low, high };
}

/** Largest element of |Q Qᵀ − gain² I| (rows) or |Qᵀ Q − gain² I| (columns). */
function orthogonality(c: InitCase, values: ArrayLike<number>): number {
  const rows = c.rows ?? 0;
  const columns = c.columns ?? 0;
  const gain = Number(c.attrs["gain"]);
  const count = c.orthogonal === "rows" ? rows : columns;
  const length = c.orthogonal === "rows" ? columns : rows;
  const at = (i: number, k: number): number =>
    Number(c.orthogonal === "rows" ? values[i * columns + k] : values[k * columns + i]);
  let worst = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let k = 0; k < length; k++) product += at(i, k) * at(j, k);
      worst = Math.max(worst, Math.abs(product - (i === j ? gain * gain : 0)));
    }
  }
  return worst;
}
