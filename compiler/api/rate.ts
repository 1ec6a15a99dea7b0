// The learning rate of a step, for the log.

import { Reporter } from "../../grammar/diagnostic.ts";
import { devices } from "../../runtime/devices/index.ts";
import type { PhasePlan } from "../../runtime/train/plan.ts";
import type { PhaseUnit } from "../elaborate/unit.ts";
import { compile } from "../index.ts";

/** The learning rate by step, as a program of its own for the log. */
export async function rateOf(
  phase: PhaseUnit,
  dims: Readonly<Record<string, number>>,
): Promise<Pick<PhasePlan, "rate"> | Record<never, never>> {
  if (!phase.rate) return {};
  const persistent = { tensors: [], bytes: 0 };
  const program = compile(phase.rate, {
    name: "rate",
    target: "js",
    dims,
    persistent,
    reporter: new Reporter(),
  });
  if (!program) return {};
  const session = await devices.js.open(persistent);
  await session.load(program);
  return {
    rate: (scalars) => {
      session.run("rate", { ...scalars });
      // f32: more digits than it holds would only look like noise.
      return Number(Number(session.view?.("rate", "lr")[0]).toPrecision(7));
    },
  };
}
