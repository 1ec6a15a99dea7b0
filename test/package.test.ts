import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "./support/shared.ts";

const read = (name: string): string => readFileSync(path.join(repositoryRoot, name), "utf8");

test("the lock file names no registry, so that any mirror serves it", () => {
  const addresses = read("package-lock.json").match(/"resolved"|https?:\/\/(\w+\.)*npm[\w.]*/g);
  expect(addresses).toBeNull();
});

// `npm ci` refuses a lock file that lacks an optional package of another platform, and npm leaves out
// those that its registry does not have. Restore such entries from an older version of the file.
test("the lock file has every optional package of every platform", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        !(`node_modules/${name}` in packages) && !(`${place}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
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
