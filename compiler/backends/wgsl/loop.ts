// `loop` kernels: an invocation for every point of the parallel axes, or several that share out the inner points of one.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";
import type { Loop, Place, ValueId } from "../../schedule/kernel.ts";
import { longestSum } from "./accumulators.ts";
import { accessesOf, contiguousLast } from "./contiguity.ts";
import { chooseSharing, printShared } from "./cooperative.ts";
import type { Printer } from "./expression.ts";
import { extentOf, openLoops, pointShader, type Shader } from "./points.ts";
import { afterPass, printSweep } from "./sweep.ts";

export function printLoop(
  printer: Printer,
  kernel: Loop,
  places: ReadonlyMap<ValueId, Place>,
  settings: WebgpuSettings,
): Shader {
  const sharing = chooseSharing(kernel, places, settings);
  if (sharing) return printShared(printer, kernel, sharing, settings);
  const axes = contiguousLast(kernel.parallel, accessesOf(kernel), places);
  const blocked = extentOf(kernel.inner) > longestSum;
  return pointShader(axes, settings, (point) => {
    let scope = point;
    kernel.passes.forEach((pass, number) => {
      printSweep(printer, scope, pass, number, {
        blocked,
        open: (segment) => openLoops(segment, kernel.inner),
      });
      scope = afterPass(scope, pass);
    });
    printer.stores(scope, kernel.after);
  });
}
