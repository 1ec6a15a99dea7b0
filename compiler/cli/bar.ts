// The progress bar: one line at the bottom of the terminal, drawn anew while something runs (by cli-progress); other
// lines appear above it. A command line has one, which downloads and trainings take in turn.

import { MultiBar, type Options, type SingleBar } from "cli-progress";

import { displayWidth } from "./table.ts";

/** What is told of work that runs. */
export interface Progress {
  /** Done so far, of how much. */
  readonly done: number;
  readonly total: number;
  /** Stands behind the bar, the most important first: what does not fit on the line is left out. */
  readonly texts: () => readonly string[];
}

export interface Bar {
  readonly isShown: boolean;
  /** Draws the bar, soon; nothing where the stream is no terminal. */
  show(progress: Progress): void;
  /** Writes whole lines, above the bar if there is one. */
  write(text: string): void;
  /** Takes the bar away. Until then the process does not end. */
  close(): void;
}

/** A stream that may be a terminal. */
export type BarStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** A bar on a stream, always narrower than the stream is at that time. */
export function createBar(stream: BarStream): Bar {
  let bars: MultiBar | undefined;
  let bar: SingleBar | undefined;
  return {
    get isShown() {
      return bar !== undefined;
    },
    show({ done, total, texts }) {
      if (!stream.isTTY) return;
      bars ??= new MultiBar({
        stream,
        format: formatBar,
        clearOnComplete: true,
        // Else a bar whose text has not changed would be missing below a line that was written over it.
        forceRedraw: true,
        // The terminal keeps its own ways: a process that is killed could not restore them.
        linewrap: true,
      });
      bar ??= bars.create(total, done, { texts });
      bar.setTotal(total);
      bar.update(done, { texts });
    },
    write(text) {
      if (bars === undefined) {
        stream.write(text);
      } else {
        bars.log(text);
        bars.update();
      }
    },
    close() {
      bars?.stop();
      bars = bar = undefined;
    },
  };
}

/** cli-progress's hook for the text of a bar. */
function formatBar(
  _: Options,
  { progress, maxWidth }: { progress: number; maxWidth: number },
  { texts }: Pick<Progress, "texts">,
): string {
  return barText(progress, texts(), maxWidth);
}

/** As much of it as fits on a line: a line that breaks could not be drawn over. */
export function barText(share: number, texts: readonly string[], columns: number): string {
  let text = "";
  for (const part of [`${String(Math.floor(100 * share)).padStart(3)}%`, ...texts]) {
    const longer = text === "" ? part : `${text}  ${part}`;
    if (displayWidth(longer) >= columns) break;
    text = longer;
  }
  const room = Math.min(30, columns - displayWidth(text) - 3);
  if (room < 8) return text;
  const done = Math.round(room * share);
  return `${"█".repeat(done)}${"░".repeat(room - done)} ${text}`;
}
