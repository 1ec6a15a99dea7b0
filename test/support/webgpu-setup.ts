// Global setup of the project `webgpu`: makes the software driver ready before a worker starts.

import type { TestProject } from "vitest/node";
import { canUseSwiftShader, unpackSwiftShader } from "./chromium-files.ts";
import { prepare } from "./prepare.ts";

export default async function setup(project: TestProject): Promise<void> {
  const problem = await prepare("WebGPU", async () => {
    await import("webgpu"); // an optional peer: its binary does not load on every machine
    if (canUseSwiftShader()) await unpackSwiftShader();
  });
  project.provide("webgpuProblem", problem);
}

declare module "vitest" {
  interface ProvidedContext {
    /** Why no WebGPU test can run here, or null. */
    webgpuProblem: string | null;
  }
}
