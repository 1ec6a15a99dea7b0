// The three kinds of kernel as compute shaders.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";
import type { Kernel, Place, ValueId } from "../../schedule/kernel.ts";
import { printContract } from "./contract.ts";
import type { Printer } from "./expression.ts";
import { printLoop } from "./loop.ts";
import type { Shader } from "./points.ts";
import { printScatter } from "./scatter.ts";
import type { TileName } from "./tiles.ts";

/** `tile` forces a variant on all contractions, for tests. */
export function printKernel(
  printer: Printer,
  kernel: Kernel,
  places: ReadonlyMap<ValueId, Place>,
  settings: WebgpuSettings,
  tile?: TileName,
): Shader {
  switch (kernel.kind) {
    case "loop":
      return printLoop(printer, kernel, places, settings);
    case "contract":
      return printContract(printer, kernel, places, settings, tile);
    case "scatter":
      return printScatter(printer, kernel, places, settings);
    default:
      return kernel satisfies never;
  }
}
