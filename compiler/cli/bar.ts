// One line at the bottom of the terminal that is drawn anew while a training runs; other lines appear above it.

import { formatSeconds, groupDigits } from "./context.ts";
import { displayWidth } from "./table.ts";

export interface BarState {
  /** Steps done and steps altogether. */
  readonly step: number;
  readonly steps: number;
  /** `3/10`. */
  readonly epoch: string;
  readonly loss: string;
  /** Examples a second. */
  readonly rate: number;
  readonly secondsLeft: number;
}

export interface Bar {
  show(state: BarState): void;
  /** Writes a line above the bar. */
  line(text: string): void;
  close(): void;
}

const clearLine = "\r\u001b[2K";

/** A bar that writes through `write`, never wider than `columns`. */
export function createBar(write: (text: string) => void, columns: number): Bar {
  let drawn = "";
  const draw = (text: string): void => {
    if (drawn !== "" || text !== "") write(`${clearLine}${text}`);
    drawn = text;
  };
  return {
    show: (state) => draw(barText(state, columns)),
    line(text) {
      const bar = drawn;
      draw("");
      write(`${text}\n`);
      if (bar !== "") draw(bar);
    },
    close: () => draw(""),
  };
}

/** As much of it as fits on a line: a line that breaks could not be drawn over. */
export function barText(state: BarState, columns: number): string {
  const { step, steps, epoch, loss, rate, secondsLeft } = state;
  const share = steps === 0 ? 1 : step / steps;
  const parts = [
    `${String(Math.floor(100 * share)).padStart(3)}%`,
    `epoch ${epoch}`,
    `loss ${loss}`,
    `${formatSeconds(secondsLeft)} left`,
    `${groupDigits(rate)} examples/s`,
  ];
  let text = "";
  for (const part of parts) {
    const longer = text === "" ? part : `${text}  ${part}`;
    if (displayWidth(longer) >= columns) break;
    text = longer;
  }
  const room = Math.min(30, columns - displayWidth(text) - 3);
  if (room < 8) return text;
  const done = Math.round(room * share);
  return `${"█".repeat(done)}${"░".repeat(room - done)} ${text}`;
}
