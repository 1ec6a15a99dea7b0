// The folder `../shared` beside the repository holds PyTorch's figures and the datasets. It is no
// part of the repository: tests that need it are skipped, and say so, where it is absent.

import { existsSync } from "node:fs";
import path from "node:path";
import { inject } from "vitest";
import { describeUnless } from "./describe-unless.ts";

/** Whether the tests of this project run everything on the GPU. */
export const isOnWebgpu = process.env["DLM_TEST_DEVICE"] === "webgpu";

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

/** A `describe` whose tests read the shared folder. */
export function describeShared(name: string, define: () => void): void {
  const absent = sharedDir === undefined ? "../shared is absent" : null;
  describeUnless(absent ?? (isOnWebgpu ? inject("webgpuProblem") : null), name, define);
}

function below(folder: string): string | undefined {
  if (sharedDir === undefined) return undefined;
  const directory = path.join(sharedDir, folder);
  return existsSync(directory) ? directory : undefined;
}
