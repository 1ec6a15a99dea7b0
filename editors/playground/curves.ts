// Live curves: every step's loss, its running mean, and scores of the epochs.

import uPlot from "uplot";

import { styleOf } from "./dom.ts";

export interface Line {
  readonly label: string;
  /** Variable of the style. */
  readonly colour: string;
  readonly width: number;
  readonly points: boolean;
}

export interface Chart {
  /** `columns[0]` are the places, ascending; then one column a line, null where it has nothing. */
  draw(columns: readonly (readonly (number | null)[])[]): void;
  /** After the colours have changed, or the lines. */
  renew(lines?: readonly Line[]): void;
}

export function openChart(
  parent: HTMLElement,
  given: readonly Line[],
  { logarithmic }: { readonly logarithmic: boolean },
): Chart {
  let lines = given;
  let data: uPlot.AlignedData = emptyFor(lines);
  let plot = build();

  function build(): uPlot {
    const axis = {
      stroke: styleOf("--faint"),
      font: `11px ${styleOf("--sans")}`,
      grid: { stroke: styleOf("--line"), width: 1 },
      ticks: { show: false },
    };
    return new uPlot(
      {
        width: Math.max(200, parent.clientWidth),
        height: 200,
        padding: [10, 12, 0, 0],
        scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
        axes: [
          { ...axis, size: 28 },
          {
            ...axis,
            size: 50,
            // Of a logarithmic scale the decades alone: lines for all ticks would be a fence.
            ...(logarithmic ? { grid: { ...axis.grid, filter: decades } } : {}),
            values: (_, ticks) => ticks.map((t) => (t === null ? "" : shortNumber(t))),
          },
        ],
        cursor: { y: false, points: { size: 7 } },
        legend: { live: true },
        series: [
          { label: "" },
          ...lines.map((line) => ({
            label: line.label,
            stroke: styleOf(line.colour),
            width: line.width,
            spanGaps: true,
            points: { show: line.points, size: 6, fill: styleOf(line.colour) },
            value: (_: uPlot, value: number | null) => (value === null ? "" : shortNumber(value)),
          })),
        ],
      },
      data,
      parent,
    );
  }

  const resized = new ResizeObserver(() => {
    const width = parent.clientWidth;
    if (width > 0 && Math.abs(width - plot.width) > 1) plot.setSize({ width, height: 200 });
  });
  resized.observe(parent);

  return {
    draw(columns) {
      data = columns as unknown as uPlot.AlignedData;
      plot.setData(data);
    },
    renew(next) {
      if (next) {
        lines = next;
        data = emptyFor(lines);
      }
      plot.destroy();
      plot = build();
    },
  };
}

function emptyFor(lines: readonly Line[]): uPlot.AlignedData {
  return [[], ...lines.map(() => [])] as unknown as uPlot.AlignedData;
}

function decades(_: uPlot, ticks: number[]): (number | null)[] {
  return ticks.map((tick) => (Math.abs(Math.log10(tick) % 1) < 1e-6 ? tick : null));
}

function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

/** Steps with their losses, thinned to what a chart can show. */
export class LossHistory {
  private steps: number[] = [];
  private losses: number[] = [];
  private means: number[] = [];
  private readonly epochs = new Map<number, number>();
  private stride = 1;
  private count = 0;
  private sum = 0;
  private mean: number | undefined;

  add(step: number, loss: number): void {
    this.mean = this.mean === undefined ? loss : this.mean + 0.05 * (loss - this.mean);
    this.sum += loss;
    this.count += 1;
    if (this.count < this.stride) return;
    this.steps.push(step);
    this.losses.push(this.sum / this.count);
    this.means.push(this.mean);
    this.sum = 0;
    this.count = 0;
    if (this.steps.length > 1200) this.halve();
  }

  /** The validation loss after a step. */
  mark(step: number, loss: number): void {
    this.epochs.set(step, loss);
  }

  columns(): (number | null)[][] {
    const steps = [...new Set([...this.steps, ...this.epochs.keys()])].sort((a, b) => a - b);
    const at = new Map(this.steps.map((step, i) => [step, i]));
    const pick = (from: readonly number[]) =>
      steps.map((step) => positive(from[at.get(step) ?? -1]));
    return [
      steps,
      pick(this.losses),
      pick(this.means),
      steps.map((step) => positive(this.epochs.get(step))),
    ];
  }

  private halve(): void {
    const pairs = <T>(values: readonly T[], join: (a: T, b: T) => T): T[] =>
      values.flatMap((value, i) => {
        const before = values[i - 1];
        return i % 2 === 0 || before === undefined ? [] : [join(before, value)];
      });
    this.losses = pairs(this.losses, (a, b) => (a + b) / 2);
    this.means = pairs(this.means, (_, b) => b);
    this.steps = pairs(this.steps, (_, b) => b);
    this.stride *= 2;
  }
}

/** A logarithmic scale has no place for anything else. */
function positive(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : null;
}
