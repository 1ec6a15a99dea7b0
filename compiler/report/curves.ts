// The curves of a run: losses, metrics, learning rate, norm of the gradients.

import type { Chart, Series } from "./chart.ts";
import { epochOfStep, scoreNames, type RunHistory } from "./history.ts";

/** The charts of one run. Metrics come by split; the loss of single batches lies behind. */
export function runCharts(history: RunHistory): readonly Chart[] {
  const { steps, epochs } = history;
  const at = (step: number): number => Number(epochOfStep(history, step).toPrecision(7));
  const batches: Series = {
    label: "batches",
    points: steps.map(({ step, loss }) => [at(step), loss]),
    color: 0,
    faint: true,
  };
  const rates = steps.flatMap(({ step, lr }) => (lr === null ? [] : [[at(step), lr] as const]));
  return [
    ...["loss", ...scoreNames(epochs).filter((name) => name !== "loss")].map((name): Chart => ({
      title: name,
      x: "epoch",
      series: [...(name === "loss" ? [batches] : []), ...bySplit(history, name)],
    })),
    {
      title: "learning rate",
      x: "epoch",
      series: [{ label: "learning rate", points: rates, color: 2 }],
    },
    { title: "norm of the gradients", x: "epoch", series: [norms(history)] },
  ];
}

function bySplit({ epochs }: RunHistory, name: string): Series[] {
  const splits = ["train", "validation"] as const;
  return splits.map((split, color) => ({
    label: split,
    points: epochs.flatMap((epoch) => {
      const value = epoch[split][name];
      return value === undefined ? [] : [[epoch.epoch, value] as const];
    }),
    color,
  }));
}

function norms(history: RunHistory): Series {
  return {
    label: "norm",
    points: history.steps.flatMap(({ step, norm }) =>
      norm === undefined || norm === null ? [] : [[epochOfStep(history, step), norm] as const],
    ),
    color: 3,
  };
}
