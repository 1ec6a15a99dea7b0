// The bar of a running training: never wider than the terminal, and lines above it stay whole.

import { describe, expect, it } from "vitest";

import { barText, createBar } from "../../compiler/cli/bar.ts";
import { formatBytes, formatCount, formatSeconds } from "../../compiler/cli/context.ts";
import { displayWidth } from "../../compiler/cli/table.ts";

const state = {
  step: 250,
  steps: 1000,
  epoch: "3/10",
  loss: "0.4321",
  rate: 12_345.6,
  secondsLeft: 125,
};

describe("the bar", () => {
  it("shows what fits, the most important first", () => {
    expect(barText(state, 120)).toBe(
      `${"█".repeat(8)}${"░".repeat(22)}  25%  epoch 3/10  loss 0.4321  2 min 05 s left  12,346 examples/s`,
    );
    expect(barText(state, 30)).toBe(" 25%  epoch 3/10  loss 0.4321");
    expect(barText(state, 12)).toBe(" 25%");
    for (let columns = 5; columns < 130; columns++) {
      expect(displayWidth(barText(state, columns))).toBeLessThan(columns);
    }
  });

  it("writes lines above itself and leaves nothing behind", () => {
    const screen = new Screen();
    const bar = createBar((text) => screen.write(text), 80);
    bar.line("begin");
    bar.show(state);
    bar.line("epoch 1");
    bar.show({ ...state, step: 500 });
    expect(screen.lines.slice(0, 2)).toEqual(["begin", "epoch 1"]);
    expect(screen.lines[2]).toContain(" 50%");
    bar.close();
    bar.line("end");
    expect(screen.lines).toEqual(["begin", "epoch 1", "end", ""]);
  });
});

describe("numbers for people", () => {
  it.each([
    [0.0004, "0 ms"],
    [0.0123, "12 ms"],
    [0.9996, "1.0 s"],
    [9.94, "9.9 s"],
    [59.4, "59 s"],
    [119.9, "1 min 59 s"],
    [7322, "2 h 02 min"],
  ])("%d seconds", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it("bytes and counts", () => {
    expect(formatBytes(1023)).toBe("1023 B");
    expect(formatBytes(15_204_352)).toBe("14.5 MiB");
    expect(formatCount(999)).toBe("999");
    expect(formatCount(416_000)).toBe("416 k");
    expect(formatCount(1.81e9)).toBe("1.81 G");
  });
});

/** A terminal as far as the bar needs one. */
class Screen {
  lines = [""];
  write(text: string): void {
    for (const [i, piece] of text.split("\r\u001b[2K").entries()) {
      if (i > 0) this.lines[this.lines.length - 1] = "";
      const [first = "", ...more] = piece.split("\n");
      this.lines[this.lines.length - 1] += first;
      this.lines.push(...more);
    }
  }
}
