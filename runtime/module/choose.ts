// Which of a module's devices runs it.

import { UserError } from "../errors.ts";
import type { Target } from "./source.ts";
import type { DeviceChoice } from "./types.ts";

/** The one that was asked for, or the first that can run here. */
export async function chooseTarget(
  targets: readonly Target[],
  wanted: DeviceChoice,
): Promise<Target> {
  const names = targets.map(({ device }) => device).join(", ");
  if (wanted !== "auto") {
    const found = targets.find(({ device }) => device === wanted);
    if (found) return found;
    throw new UserError(`this module was not compiled for ${wanted}, only for ${names}`, {
      help: `compile it with --target ${names.replaceAll(", ", ",")},${wanted}`,
    });
  }
  for (const target of targets) if (await target.usable()) return target;
  throw new UserError(
    `this engine has none of the devices that the module was compiled for: ${names}`,
    {
      help: "compile it with --target js, too",
    },
  );
}
