// Global setup of the project `webgpu`: makes the software driver ready before a worker starts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { canUseSwiftShader, unpackSwiftShader } from "./chromium-files.ts";
import { prepare } from "./prepare.ts";

export default async function setup(project: TestProject): Promise<() => void> {
  const problem = await prepare("WebGPU", async () => {
    await import("webgpu"); // an optional peer: its binary does not load on every machine
    if (canUseSwiftShader()) await unpackSwiftShader();
  });
  project.provide("webgpuProblem", problem);
  const folder = mkdtempSync(path.join(tmpdir(), "dlm-pipelines-"));
  const file = path.join(folder, "count");
  writeFileSync(file, "0");
  project.provide("webgpuPipelines", file);
  return () => {
    console.log(`webgpu: ${readFileSync(file, "utf8")} distinct pipelines made`);
    rmSync(folder, { recursive: true });
  };
}

declare module "vitest" {
  interface ProvidedContext {
    /** Why no WebGPU test can run here, or null. */
    webgpuProblem: string | null;
    /** The file that holds how many pipelines were made. */
    webgpuPipelines: string;
  }
}
