// Chromium for tests of the project `browser`.

import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { inject } from "vitest";
import { chromiumFolder } from "./chromium-files.ts";
import { describeUnless } from "./describe-unless.ts";

/** A `describe` whose tests need a browser. */
export function describeBrowser(name: string, define: () => void): void {
  describeUnless(inject("browserProblem"), name, define);
}

/** Starts the unpacked Chromium with WebGPU on SwiftShader. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: path.join(chromiumFolder, "chromium"),
    // Nothing more: the package's own arguments disable web security, and Vulkan as a feature
    // lost the device on some starts.
    args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
    env: {
      ...definedEnvironment(),
      LD_LIBRARY_PATH: [
        chromiumFolder,
        path.join(chromiumFolder, "al2023", "lib"),
        process.env["LD_LIBRARY_PATH"] ?? "",
      ]
        .filter((folder) => folder !== "")
        .join(path.delimiter),
    },
  });
}

function definedEnvironment(): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) defined[name] = value;
  }
  return defined;
}
