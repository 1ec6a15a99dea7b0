import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "./support/shared.ts";

const read = (name: string): string => readFileSync(path.join(repositoryRoot, name), "utf8");

test("the lock file names no registry, so that any mirror serves it", () => {
  const addresses = read("package-lock.json").match(/"resolved"|https?:\/\/(\w+\.)*npm[\w.]*/g);
  expect(addresses).toBeNull();
});

test("every dependency is pinned to one version", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  }
});
