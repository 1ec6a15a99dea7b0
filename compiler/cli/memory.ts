// The engine's own memory. A training's memory is planned and told before it starts; what the engine lets grow beside
// that, since memory is there, would be several times as much for a small model.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Keeps V8 from letting its heap grow to save time on collecting: young objects in 1 MiB, old ones collected early. */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--optimize-for-size");
}

/** Gives back what the compiler left behind, before a long run: also the pages that it left half empty. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  setFlagsFromString("--compact-on-every-full-gc");
  const collect: unknown = runInNewContext("globalThis.gc");
  if (typeof collect === "function") collect();
  setFlagsFromString("--no-compact-on-every-full-gc");
}
