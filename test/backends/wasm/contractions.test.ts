// The contraction template where its cases meet: sizes around its tiles, long sums, many rows, rows far apart.

import { describe, expect, test } from "vitest";
import { layOutInWasm } from "../../../compiler/backends/wasm/index.ts";
import type { Graph } from "../../../compiler/ir/graph.ts";
import type { WasmSettings } from "../../../runtime/artifact.ts";
import { differences, scheduleCase } from "../../support/backend-cases.ts";
import { buildGraph, gradientGraph } from "../../support/graphs.ts";
import { oneThread, oneThreadRelaxed, runInWasm } from "../../support/run-wasm.ts";

function einsum(text: string, a: readonly number[], b: readonly number[]): Graph {
  const [left = "", right = "", out = ""] = text.split(/,|->/);
  const attrs = { a: left.split(""), b: right.split(""), out: out.split("") };
  return buildGraph((g) => ({
    y: g.node("einsum", [g.input("a", "f32", a), g.input("b", "f32", b)], attrs),
  }));
}

function mistakesOf(
  graph: Graph,
  options: WasmSettings,
): { readonly mistakes: readonly string[]; readonly layout: string } {
  const layOutContract = layOutInWasm(options);
  const { plan, memory, results } = scheduleCase(graph, { layOutContract });
  runInWasm(plan, memory, options);
  const layout = [...plan.layouts.values()].map(({ text }) => text).join();
  return { mistakes: differences(results, memory, 1e-5), layout };
}

describe("products of all sizes around a tile", () => {
  const sizes = [2, 3, 4, 5, 6, 7, 9, 11, 13];
  for (const [text, shapes] of [
    [
      "mk,nk->mn",
      (m: number, n: number, k: number) => [
        [m, k],
        [n, k],
      ],
    ],
    [
      "km,kn->mn",
      (m: number, n: number, k: number) => [
        [k, m],
        [k, n],
      ],
    ],
    [
      "mk,kn->nm",
      (m: number, n: number, k: number) => [
        [m, k],
        [k, n],
      ],
    ],
  ] as const) {
    test(text, () => {
      const tiles = new Set<string>();
      for (const m of sizes) {
        for (const n of sizes) {
          for (const k of [5, 330]) {
            const [a = [], b = []] = shapes(m, n, k);
            const { mistakes, layout } = mistakesOf(einsum(text, a, b), oneThreadRelaxed);
            expect(mistakes, `${m} by ${n} over ${k}`).toEqual([]);
            const of = /lanes [ab], tiles of . by/.exec(layout);
            if (of) tiles.add(of[0]);
          }
        }
      }
      expect([...tiles].filter((tile) => tile.includes("of 3"))).toHaveLength(2);
      expect([...tiles].filter((tile) => tile.includes("of 4"))).toHaveLength(2);
    });
  }
});

describe("gradients by the input with much beyond both borders", () => {
  // Images, channels, side; filters: tiles across images that they fill or not; sums in one block or several.
  for (const [images, channels, side, filters] of [
    [16, 6, 14, 16],
    [8, 6, 13, 2],
    [9, 3, 11, 50],
    [15, 8, 14, 5],
  ] as const) {
    for (const options of [oneThread, oneThreadRelaxed]) {
      const variant = options.relaxed ? "relaxed multiply-add" : "multiply and add";
      test(`${images}·${channels}·${side}·${side}, ${filters} filters, ${variant}`, () => {
        const graph = gradientGraph(["x"], (b) => {
          const x = b.input("x", "f32", [images, channels, side, side]);
          const weight = b.input("weight", "f32", [filters, channels, 5, 5]);
          const attrs = {
            stride: [1, 1],
            dilation: [1, 1],
            padding: [
              [0, 0],
              [0, 0],
            ],
            groups: 1,
          };
          const y = b.node("conv", [x, weight], attrs);
          const g = b.input("g", "f32", [images, filters, side - 4, side - 4]);
          return { loss: b.sum(b.node("mul", [y, g]), [0, 1, 2, 3]) };
        });
        const { mistakes, layout } = mistakesOf(graph, options);
        expect(layout).toMatch(/groups of a tile along m0, without the border of k\d and k\d/);
        expect(mistakes).toEqual([]);
      });
    }
  }
});

describe("operands too large to be packed whole", () => {
  for (const [m, n, k, tile] of [
    [804, 402, 330, "tiles of 3 by 12"],
    [402, 804, 320, "tiles of 3 by 12"],
    [408, 412, 330, "tiles of 4 by 8"],
  ] as const) {
    test(`${m}×${k}×${n}`, () => {
      const { mistakes, layout } = mistakesOf(
        einsum("km,kn->mn", [k, m], [k, n]),
        oneThreadRelaxed,
      );
      expect(layout).toContain(tile);
      expect(layout).toContain("in stretches of");
      expect(mistakes).toEqual([]);
    }, 60_000);
  }
});

describe("contractions whose rows lie far apart, at the end of memory", () => {
  // Groups of four that overhang the last row would read one such distance beyond it.
  for (const [text, a, b] of [
    ["kmb,knb->bmn", [5, 5, 30000], [5, 6, 30000]],
    ["kmb,knb->bmn", [3, 7, 30000], [3, 2, 30000]],
    ["mkb,knb->mbn", [9, 6, 25000], [6, 5, 25000]],
  ] as const) {
    test(`${text} ${a.join("×")}, ${b.join("×")}`, () => {
      expect(mistakesOf(einsum(text, a, b), oneThread).mistakes).toEqual([]);
    });
  }
});
