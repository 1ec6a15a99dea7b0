// Global setup of the project `browser`: makes Chromium ready before a worker starts.

import type { TestProject } from "vitest/node";
import { unpackChromium } from "./chromium-files.ts";
import { prepare } from "./prepare.ts";

export default async function setup(project: TestProject): Promise<void> {
  const problem = await prepare("Chromium", async () => {
    if (process.platform !== "linux" || process.arch !== "x64") {
      throw new Error("the packed browser is for Linux x64");
    }
    await unpackChromium();
  });
  project.provide("browserProblem", problem);
}

declare module "vitest" {
  interface ProvidedContext {
    /** Why no browser test can run here, or null. */
    browserProblem: string | null;
  }
}
