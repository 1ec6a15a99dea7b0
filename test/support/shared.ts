// The folder `../shared` beside the repository holds PyTorch's figures and the datasets. It is no
// part of the repository: tests that need it are skipped, and say so, where it is absent.

import { existsSync } from "node:fs";
import path from "node:path";
import { describe } from "vitest";
import { requireAll } from "./require-all.ts";

/** Root of the repository. */
export const repositoryRoot = path.resolve(import.meta.dirname, "..", "..");

const candidate = path.resolve(
  process.env["DLM_SHARED"] ?? path.join(repositoryRoot, "..", "shared"),
);

/** The shared folder, or undefined where it is absent. `DLM_SHARED` names another place. */
export const sharedDir: string | undefined = existsSync(candidate) ? candidate : undefined;

/** Expected numbers computed by PyTorch. */
export const oracleDir: string | undefined = below("oracle");

/** Datasets. */
export const dataDir: string | undefined = below("data");

/**
 * A `describe` whose tests read the shared folder. Where that is absent it is skipped under a name
 * that says why; with `DLM_REQUIRE_ALL=1` it throws, which fails the file.
 */
export function describeShared(name: string, define: () => void): void {
  if (sharedDir !== undefined) {
    describe(name, define);
  } else if (requireAll) {
    throw new Error(`${name}: ../shared is absent, and DLM_REQUIRE_ALL=1 asks for it`);
  } else {
    describe(name, () => void describe.skip("skipped: ../shared is absent", define));
  }
}

function below(folder: string): string | undefined {
  if (sharedDir === undefined) return undefined;
  const directory = path.join(sharedDir, folder);
  return existsSync(directory) ? directory : undefined;
}
