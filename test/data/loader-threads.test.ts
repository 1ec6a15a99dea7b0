import { describe, expect, test } from "vitest";
import { loaderThreads, mostLoaderThreads } from "../../runtime/data/loader-threads.ts";
import { packPaths, pathAt } from "../../runtime/data/path-list.ts";

describe("threads that make batches", () => {
  test.each([
    // Batches take a tenth of the time of all else: one thread hides them.
    { ratio: 0.1, cores: 8, stepThreads: 4, threads: 1 },
    { ratio: 2.5, cores: 8, stepThreads: 4, threads: 3 },
    // The steps' cores are theirs …
    { ratio: 2.5, cores: 4, stepThreads: 2, threads: 2 },
    { ratio: 1.5, cores: 2, stepThreads: 1, threads: 1 },
    { ratio: 1.5, cores: 2, stepThreads: 2, threads: 1 },
    // … as long as they are in use.
    { ratio: 9, cores: 2, stepThreads: 1, threads: 2 },
    { ratio: 9, cores: 1, stepThreads: 1, threads: 1 },
    { ratio: 100, cores: 64, stepThreads: 4, threads: 4 },
  ])("$ratio times the steps' time, $cores cores: $threads", ({ threads, ...need }) => {
    expect(loaderThreads(need)).toBe(threads);
    expect(threads).toBeLessThanOrEqual(mostLoaderThreads(need.cores));
  });
});

test("paths come out of their list as they went in", () => {
  const paths = ["a/1.png", "", "Größe/猫.png", "z"];
  const list = packPaths(paths);
  expect(paths.map((_, row) => pathAt(list, row))).toEqual(paths);
  expect(pathAt(list, 4)).toBe("");
});
