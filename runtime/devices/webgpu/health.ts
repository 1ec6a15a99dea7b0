// What went wrong on a GPU without anybody waiting: a lost device, a command that it refused.

import { UserError } from "../../errors.ts";

/** The GPU is gone: reset by its driver, unplugged, or taken away. What it held is lost. */
export class DeviceLost extends UserError {
  constructor(reason: string) {
    super(`the GPU was lost: ${reason}`, {
      help: "go on from the last checkpoint (--resume), or take the device wasm",
    });
  }
}

export interface Health {
  /** Throws what has gone wrong since the device was opened. */
  check(): void;
  /** What a failed wait means: the trouble behind it, where it is known. */
  explain(thrown: unknown): unknown;
}

export function createHealth(device: GPUDevice): Health {
  let trouble: Error | undefined;
  void device.lost.then(({ message }) => {
    trouble ??= new DeviceLost(message === "" ? "no reason is given" : message);
  });
  device.addEventListener("uncapturederror", (event) => {
    const { error } = event as GPUUncapturedErrorEvent;
    trouble ??= new UserError(`the GPU refused a command: ${error.message}`, {
      help: "take the device wasm (--device wasm), and tell the authors of dlm",
    });
  });
  return {
    check() {
      if (trouble) throw trouble;
    },
    explain: (thrown) => trouble ?? thrown,
  };
}
