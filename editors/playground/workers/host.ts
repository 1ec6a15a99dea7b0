// The files that a model in the page can see: itself, and the table that comes with the examples.

import flats from "../../../examples/flats.csv?raw";
import type { DataHost, Host } from "../../../runtime/host.ts";
import { memoryHost } from "../../../runtime/memory-host.ts";
import { modelPath } from "./text.ts";

export function hostOf(text: string): Host & DataHost {
  return { ...memoryHost({ [modelPath]: text, "flats.csv": flats }), places: ["this page"] };
}
