// Metrics over a pass of several batches, against PyTorch's figures.

import { expect, test } from "vitest";
import { describeShared } from "../support/shared.ts";
import { givenInputs, type MetricInputs } from "./support/metric-inputs.ts";
import { readCases, type OracleCase, type TensorInfo } from "./support/manifest.ts";
import { trainingPlaces } from "./support/program.ts";
import { tally } from "./support/tally.ts";
import { openText, trainingOf } from "./support/training.ts";

interface MetricCase extends OracleCase {
  readonly k?: number;
  readonly pred?: string;
  readonly label?: string;
  readonly preds?: readonly string[];
  readonly refs?: readonly (readonly string[])[];
  readonly inputs?: Readonly<Record<string, TensorInfo>>;
  readonly value?: number;
  readonly accuracy?: number;
  readonly top5?: number;
  readonly confusion?: readonly (readonly number[])[];
  readonly precision?: readonly number[];
  readonly recall?: readonly number[];
  readonly f1?: readonly number[];
  readonly macro_precision?: number;
  readonly macro_recall?: number;
  readonly macro_f1?: number;
  readonly mae?: number;
  readonly mse?: number;
  readonly rmse?: number;
  readonly r2?: number;
  readonly log_rmse?: number;
}

type Metrics = Record<string, { readonly text: string; readonly expected: number | undefined }>;

/** The metrics of a case as expressions over its inputs, each with its expected value. */
function metricsOf(c: MetricCase): Metrics {
  switch (c.op) {
    case "bleu_d2l":
      return { bleu: { text: `bleu(pred, label, up_to = ${c.k})`, expected: c.value } };
    case "corpus_bleu":
      return { corpus_bleu: { text: "corpus_bleu(pred, label)", expected: c.value } };
    case "perplexity":
      return { perplexity: { text: "exp(average(-log_probs, where = mask))", expected: c.value } };
    case "roc_auc":
      return { auc: { text: "auc(scores, labels)", expected: c.value } };
    case "regression":
      return {
        mae: { text: "mae(preds, labels)", expected: c.mae },
        mse: { text: "average((preds - labels) ** 2)", expected: c.mse },
        rmse: { text: "rmse(preds, labels)", expected: c.rmse },
        r2: { text: "r2(preds, labels)", expected: c.r2 },
        log_rmse: { text: "sqrt(average((log(preds) - log(labels)) ** 2))", expected: c.log_rmse },
      };
    case "classification":
      return classification(c);
    default:
      throw new Error(`no metric ${c.op}`);
  }
}

function classification(c: MetricCase): Metrics {
  const metrics: Metrics = {
    accuracy: { text: "accuracy(scores, labels)", expected: c.accuracy },
    top5: { text: "top_k(scores, labels, k = 5)", expected: c.top5 },
    macro_precision: { text: "precision(scores, labels)", expected: c.macro_precision },
    macro_recall: { text: "recall(scores, labels)", expected: c.macro_recall },
    macro_f1: { text: "f1(scores, labels)", expected: c.macro_f1 },
  };
  for (const block of ["precision", "recall", "f1"] as const) {
    for (const [k, expected] of (c[block] ?? []).entries()) {
      metrics[`${block}_${k}`] = { text: `${block}(scores, labels, class = ${k})`, expected };
    }
  }
  // A number for the whole matrix: every cell with a weight of its own.
  const weights = (c.confusion ?? []).map((row, i) => row.map((_, j) => i * row.length + j + 1));
  const checksum = (c.confusion ?? []).flat().reduce((sum, n, i) => sum + n * (i + 1), 0);
  metrics["confusion"] = {
    text: `sum(confusion(scores, labels) * tensor(${JSON.stringify(weights)}))`,
    expected: checksum,
  };
  return metrics;
}

function source(inputs: MetricInputs, metrics: Metrics): string {
  const fields = [...inputs].map(([name, { dtype, shape }]) => {
    const rest = shape.slice(1).join(", ");
    const zero = `zeros([${rest}])`;
    const value = dtype === "bool" ? `${zero} == 0` : dtype === "i32" ? `i32(${zero})` : zero;
    return `  field ${name}: ${dtype === "f32" ? "" : dtype}[${rest}] = ${value}`;
  });
  return [
    "data given = synthetic(8) {",
    ...fields,
    "  field x: [] = 0.0",
    "}",
    "model Net(x: [batch]) -> (result: [batch]) {",
    "  param scale: [] = ones",
    "  return x * scale",
    "}",
    "train net = Net on given {",
    "  loss = mean(result)",
    "  metrics = {",
    ...Object.entries(metrics).map(([name, { text }]) => `    ${name} = ${text},`),
    "  }",
    "  optimizer = sgd(lr = 0.1)",
    "  batch = 8",
    "  epochs = 1",
    "}",
    "",
  ].join("\n");
}

describeShared("oracle metrics", () => {
  const given = readCases<MetricCase>("metrics");
  const cases = [...given, allPairs(given)];
  const counter = tally("metrics", cases.length, 0);
  for (const c of cases) {
    test(c.id, async () => {
      const metrics = metricsOf(c);
      const given = givenInputs(c);
      const unit = trainingOf(source(given, metrics));
      const count = [...given.values()][0]?.shape[0] ?? 0;
      for (const place of trainingPlaces) {
        const runner = await openText(unit, place, {}, { examples: count });
        let last = "";
        // Three batches, the last of another size: what counts is the value over all.
        const size = Math.max(1, Math.floor(count / 3));
        for (const [from, to] of cuts(count, size)) {
          last = await runner.program("evaluate", to - from);
          const inputs = Object.fromEntries(
            [...given].map(([name, { shape, data }]) => {
              const row = shape.slice(1).reduce((a, b) => a * b, 1);
              return [name, data.subarray(from * row, to * row)];
            }),
          );
          runner.session.run(last, {
            ...inputs,
            x: new Float32Array(to - from),
            $seed: 0,
            $draw: 0,
            $step: 0,
            $steps: 1,
            $epoch: 0,
          });
        }
        for (const [name, { expected }] of Object.entries(metrics)) {
          const value = Number((await runner.session.output(last, `metric:${name}`))[0]);
          const allowed = c.atol + c.rtol * Math.abs(expected ?? 0);
          expect(
            Math.abs(value - (expected ?? NaN)),
            `${place.name} ${name}: ${value}, PyTorch ${expected}`,
          ).toBeLessThanOrEqual(allowed);
        }
        await runner.close();
      }
      counter.ran();
    });
  }
});

/** All sentences of BLEU in one pass: its value is the mean of theirs. */
function allPairs(cases: readonly MetricCase[]): MetricCase {
  const pairs = cases.filter(({ op, k }) => op === "bleu_d2l" && k === 2);
  const [first] = pairs;
  if (!first) throw new Error("the oracle has no pairs");
  return {
    ...first,
    id: "bleu_d2l, all pairs",
    preds: pairs.map(({ pred = "" }) => pred),
    refs: pairs.map(({ label = "" }) => [label]),
    value: pairs.reduce((sum, { value = NaN }) => sum + value, 0) / pairs.length,
  };
}

/** Parts of the pass that hold an example. */
function cuts(count: number, size: number): [number, number][] {
  const ends: [number, number][] = [
    [0, size],
    [size, 2 * size],
    [2 * size, count],
  ];
  return ends.filter(([from, to]) => from < Math.min(to, count));
}
