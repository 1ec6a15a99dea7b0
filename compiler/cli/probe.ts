// `dlmc train --find-lr` and `--overfit`: a verdict in a minute, before a long run.

import path from "node:path";

import { plot } from "asciichart";

import { writeAtomically } from "../../runtime/node/files.ts";
import { findRate, overfitBatch, rangeSetting, type RateTest } from "../api/probe.ts";
import { chartHtml } from "../report/chart.ts";
import { html } from "../report/html.ts";
import { pageHtml } from "../report/page.ts";
import { chooseTraining } from "./choose.ts";
import type { Context } from "./context.ts";
import { readDeviceFlags } from "./device.ts";
import { openFile } from "./open.ts";
import type { RunFlags } from "./run-training.ts";
import { formatScore } from "./scores.ts";

export interface ProbeFlags extends RunFlags {
  readonly training?: string;
  readonly out?: string;
}

const range = { from: 1e-6, to: 10, steps: 200 };

export async function runFindRate(
  context: Context,
  name: string,
  flags: ProbeFlags,
): Promise<number> {
  const sets = [...(flags.set ?? []), `optimizer.lr=${rangeSetting(range)}`];
  const { file, dataHost } = openFile(context, name, { ...flags, set: sets });
  const unit = chooseTraining(file, flags.training);
  context.catchInterrupts();
  const found = await findRate(unit, range, {
    dataHost,
    ...readDeviceFlags(context, flags),
    signal: context.signal,
    onStep: (step, loss) =>
      context.bar.show({
        done: step,
        total: range.steps,
        texts: () => [`loss ${formatScore(loss)}`],
      }),
  });
  context.bar.close();
  const pageName = `${unit.name.replace(/[^\p{L}\p{N}_-]/gu, "_")}-find-lr.html`;
  const isPage = flags.out?.endsWith(".html") === true;
  const out = isPage ? String(flags.out) : path.join(flags.out ?? "runs", pageName);
  writeAtomically(path.resolve(context.cwd, out), ratePage(unit.name, found));
  for (const line of rateLines(found, context.columns)) context.out(`${line}\n`);
  context.out(`the curve is in ${out}\n`);
  return context.signal.aborted ? 130 : 0;
}

/** The curve by characters, and what follows from it. */
function rateLines({ points, suggestion, diverged }: RateTest, columns: number): string[] {
  const width = Math.max(10, Math.min(72, columns - 14));
  const losses = points.map(({ smooth }) => smooth);
  const shown = Array.from(
    { length: Math.min(width, losses.length) },
    (_, i) => losses[Math.floor((i * losses.length) / Math.min(width, losses.length))] ?? 0,
  );
  const from = points[0]?.rate ?? range.from;
  const to = points.at(-1)?.rate ?? range.to;
  const lines =
    shown.length > 1
      ? [
          "smoothed loss over the learning rate, which grows by the same factor a step",
          ...plot(shown, { height: 10, format: (x: number) => formatScore(x).padStart(10) }).split(
            "\n",
          ),
          `${" ".repeat(12)}${short(from)}${" ".repeat(Math.max(1, shown.length - short(from).length - short(to).length))}${short(to)}`,
        ]
      : [];
  const end = diverged
    ? `the loss diverges at ${short(to)}`
    : `the loss bears every rate up to ${short(to)}`;
  return [
    ...lines,
    suggestion === null
      ? `${end}; it falls at no rate, so something else than the rate is wrong: try --overfit`
      : `${end}; it falls fastest at ${short(suggestion)}: try lr = ${short(suggestion)}`,
  ];
}

function short(rate: number): string {
  return Number(rate.toPrecision(2)).toString();
}

function ratePage(training: string, { points, suggestion }: RateTest): string {
  const mark =
    suggestion === null ? {} : { mark: { x: suggestion, label: `lr = ${short(suggestion)}` } };
  const chart = chartHtml({
    title: "loss",
    x: "learning rate",
    xScale: "log",
    ...mark,
    series: [
      {
        label: "batches",
        points: points.map(({ rate, loss }) => [rate, loss]),
        color: 0,
        faint: true,
      },
      { label: "smoothed", points: points.map(({ rate, smooth }) => [rate, smooth]), color: 0 },
    ],
  });
  const head = html`<h1>${training}: learning-rate range test</h1>
    <p class="muted">
      The rate grows by the same factor a step until the loss diverges (Smith, 2017). The line
      stands where the smoothed loss falls fastest.
    </p>`;
  return pageHtml(`${training}: learning rate`, [head, chart], true);
}

export async function runOverfit(
  context: Context,
  name: string,
  flags: ProbeFlags,
): Promise<number> {
  const { file, dataHost } = openFile(context, name, flags);
  const unit = chooseTraining(file, flags.training);
  const steps = 2000;
  context.catchInterrupts();
  const {
    first,
    last,
    steps: done,
    learnt,
  } = await overfitBatch(unit, {
    dataHost,
    ...readDeviceFlags(context, flags),
    signal: context.signal,
    steps,
    seconds: 120,
    onStep: (step, loss) =>
      context.bar.show({ done: step, total: steps, texts: () => [`loss ${formatScore(loss)}`] }),
  });
  context.bar.close();
  const told = `loss ${formatScore(first)} → ${formatScore(last)} in ${done} steps on one batch`;
  if (learnt) {
    context.out(`yes: ${told}; the model can learn this data by heart\n`);
    return 0;
  }
  context.out(
    `no: ${told}; look at the labels, the loss, the learning rate (--find-lr), frozen layers, dropout and penalties\n`,
  );
  return context.signal.aborted ? 130 : 1;
}
