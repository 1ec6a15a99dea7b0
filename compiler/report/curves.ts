// The curves of a run: losses, metrics, learning rate, norm of the gradients.

import type { Chart, Series } from "./chart.ts";
import { overEpochs, scoreNames, type RunHistory } from "./history.ts";

/** The charts of one run. Metrics come by split; the loss of single batches lies behind. */
export function runCharts(history: RunHistory): readonly Chart[] {
  const { epochs } = history;
  const batches: Series = {
    label: "batches",
    points: overEpochs(history, ({ loss }) => loss),
    color: 0,
    faint: true,
  };
  const rates = overEpochs(history, ({ lr }) => lr);
  const norms = overEpochs(history, ({ norm }) => norm);
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
    {
      title: "norm of the gradients",
      x: "epoch",
      series: [{ label: "norm", points: norms, color: 3 }],
    },
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
