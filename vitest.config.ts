import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";
import { swiftShaderEnvironment } from "./test/support/chromium-files.ts";

/** Test files in folders of their own: each has a project with what those tests need. */
const special = ["test/oracle/**", "test/examples/**", "test/webgpu/**", "test/browser/**"];

// `isolate: false` keeps one module graph a worker: twenty times faster here, and pipelines stay
// compiled between files. Test files must therefore leave no global state behind.
export default defineConfig({
  test: {
    passWithNoTests: true,
    // Vitest would leave a core alone, which is half of a small machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: special,
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "oracle",
          include: ["test/oracle/**/*.test.ts"],
          isolate: false,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "examples",
          include: ["test/examples/**/*.test.ts"],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "webgpu",
          // The oracle runs here once more, on the GPU.
          include: ["test/webgpu/**/*.test.ts", "test/oracle/{layers,models,optim,ops-*}.test.ts"],
          globalSetup: ["test/support/webgpu-setup.ts"],
          setupFiles: ["test/support/count-pipelines.ts"],
          // The Vulkan loader reads these when the process starts, so no thread and no later setting.
          pool: "forks",
          env: { ...swiftShaderEnvironment(), DLM_TEST_DEVICE: "webgpu" },
          isolate: false,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/browser-setup.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
        },
      },
    ],
  },
});
