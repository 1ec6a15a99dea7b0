// Counts the pipelines that a test process makes, for the line that the project `webgpu` prints at its end: each costs a
// software driver time, so they should stay few. Kept in a file, because the process that prints is another.

import { writeFileSync } from "node:fs";
import { inject } from "vitest";

const kept = globalThis as { dlmPipelines?: number };

if (kept.dlmPipelines === undefined && inject("webgpuProblem") === null) {
  kept.dlmPipelines = 0;
  const { globals } = await import("webgpu");
  const { prototype } = (globals as unknown as { GPUDevice: { prototype: GPUDevice } }).GPUDevice;
  // oxlint-disable-next-line typescript/unbound-method -- called on the device below
  const make = prototype.createComputePipelineAsync;
  const file = inject("webgpuPipelines");
  prototype.createComputePipelineAsync = function (descriptor) {
    kept.dlmPipelines = (kept.dlmPipelines ?? 0) + 1;
    writeFileSync(file, String(kept.dlmPipelines));
    return make.call(this, descriptor);
  };
}
