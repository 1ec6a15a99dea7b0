// The bar of a running training: never wider than the terminal, and lines above it stay whole.

import { Writable } from "node:stream";

import { describe, expect, it } from "vitest";

import { barText, createBar } from "../../compiler/cli/bar.ts";
import { formatBytes, formatCount, formatSeconds } from "../../compiler/cli/context.ts";
import { displayWidth } from "../../compiler/cli/table.ts";
import { breakLine } from "../../compiler/cli/training-view.ts";

const texts = ["epoch 3/10", "loss 0.4321", "2 min 05 s left", "12,345 examples/s"];

describe("the bar", () => {
  it("shows what fits, the most important first", () => {
    expect(barText(0.25, texts, 120)).toBe(
      `${"█".repeat(8)}${"░".repeat(22)}  25%  epoch 3/10  loss 0.4321  2 min 05 s left  12,345 examples/s`,
    );
    expect(barText(0.25, texts, 30)).toBe(" 25%  epoch 3/10  loss 0.4321");
    expect(barText(0.25, texts, 12)).toBe(" 25%");
    for (let columns = 5; columns < 130; columns++) {
      expect(displayWidth(barText(0.25, texts, columns))).toBeLessThan(columns);
    }
  });

  it("writes lines above itself and leaves nothing behind", () => {
    const screen = new Screen();
    const bar = createBar(screen);
    bar.write("begin\n");
    bar.show({ done: 250, total: 1000, texts: () => texts });
    bar.write("epoch 1\n");
    expect(screen.lines.slice(0, 2)).toEqual(["begin", "epoch 1"]);
    expect(screen.lines[2]).toContain(" 25%");
    // The same bar once more: it must stand below the new line as well.
    bar.write("epoch 2\n");
    bar.show({ done: 500, total: 1000, texts: () => texts });
    bar.write("epoch 3\n");
    expect(screen.lines.slice(0, 4)).toEqual(["begin", "epoch 1", "epoch 2", "epoch 3"]);
    expect(screen.lines[4]).toContain(" 50%");
    bar.close();
    bar.write("end\n");
    expect(screen.lines).toEqual(["begin", "epoch 1", "epoch 2", "epoch 3", "end", ""]);
  });

  it("stays away where there is no terminal", () => {
    const screen = new Screen();
    screen.isTTY = false;
    const bar = createBar(screen);
    bar.show({ done: 1, total: 2, texts: () => texts });
    expect(bar.isShown).toBe(false);
    bar.write("line\n");
    bar.close();
    expect(screen.lines).toEqual(["line", ""]);
  });
});

describe("lines", () => {
  it("break between their parts where the terminal is narrow", () => {
    const parts = ["Digits: 52,266 parameters", "2.55 MiB planned", "device js", "seed 0"];
    expect(breakLine(parts, 80, ", ")).toEqual([parts.join(", ")]);
    expect(breakLine(parts, 50, ", ")).toEqual([
      "Digits: 52,266 parameters, 2.55 MiB planned,",
      "  device js, seed 0",
    ]);
    expect(breakLine(parts, 5, ", ")).toHaveLength(4);
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

/** A terminal as far as the bar needs one: going to the line's begin, and clearing. */
class Screen extends Writable {
  isTTY = true;
  columns = 80;
  lines = [""];
  private column = 0;

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    const text = chunk.toString().replaceAll("\u001b", "^");
    for (const [piece] of text.matchAll(/\^\[[\d;]*[A-Za-z]|\n|[^\n^]+/g)) {
      const line = this.lines.at(-1) ?? "";
      if (piece === "\n") {
        this.lines.push("");
        this.column = 0;
      } else if (piece === "^[1G") {
        this.column = 0;
      } else if (piece === "^[2K") {
        this.lines[this.lines.length - 1] = "";
      } else if (piece === "^[0K" || piece === "^[0J") {
        this.lines[this.lines.length - 1] = line.slice(0, this.column);
      } else {
        expect(piece).not.toContain("^");
        const before = line.slice(0, this.column);
        this.lines[this.lines.length - 1] =
          before + piece + line.slice(before.length + piece.length);
        this.column += piece.length;
      }
    }
    done();
  }
}
