// What compiled modules import.

export { fromBase64 } from "./bytes.ts";
export { exampleReader, type ExampleSource } from "./examples.ts";
export { defineModel } from "./model.ts";
export { jsTarget, wasmTarget, webgpuTarget } from "./targets.ts";
export { vocabularies } from "./text.ts";
export { trainable } from "./training.ts";
export { fetchBytes } from "./weights.ts";
export { writers } from "./writer.ts";
export type * from "./types.ts";
