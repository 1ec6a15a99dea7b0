// WebGPU in Node: Dawn, by the package `webgpu`, which whoever wants it installs.

import { existsSync } from "node:fs";
import { messageOf, UserError } from "../errors.ts";

// Garbage collection of what `create` returns while a device lives ends the process: it is kept for good.
let opened: Promise<GPU> | undefined;

export function nodeGpu(): Promise<GPU> {
  return (opened ??= open());
}

async function open(): Promise<GPU> {
  let create;
  try {
    ({ create } = await import("webgpu"));
  } catch (thrown) {
    const missing = (thrown as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND";
    const reason = missing ? "is not installed" : `does not load: ${messageOf(thrown)}`;
    throw new UserError(`the device webgpu needs the package \`webgpu\`, which ${reason}`, {
      help: "npm install webgpu",
      cause: thrown,
    });
  }
  // Times of kernels as they are, not in steps of 0.1 ms as pages get them.
  return create(["disable-dawn-features=timestamp_quantization"]);
}

/** Whether to look for a GPU at all: where Linux has no device of one, Dawn would only complain. */
export function mayHaveGpu(): boolean {
  if (process.platform !== "linux") return true;
  return ["/dev/dri", "/dev/nvidia0", "/dev/dxg", "/dev/kgsl-3d0"].some((path) => existsSync(path));
}
