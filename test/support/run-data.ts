// Runs the program of a data declaration by itself: the fields of one example, by seed and step, on every device.

import type { DataUnit } from "../../compiler/elaborate/unit.ts";
import { compile } from "../../compiler/index.ts";
import { layoutPersistent } from "../../compiler/program.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { devices } from "../../runtime/devices/index.ts";
import { explained, loadText, type Place } from "../oracle/support/program.ts";

/** The fields of the example that $seed and $step draw; valid until the next call. */
export type Example = (seed: number, step: number) => Promise<Record<string, number[]>>;

/** A declaration without columns and fitted states, compiled for a device. */
export async function openExample(
  text: string,
  place: Place,
  mode: "training" | "evaluation" = "training",
): Promise<Example> {
  const unit: DataUnit = explained(text, () => {
    const loaded = loadText(text);
    const mistakes = loaded.checkAll();
    if (mistakes.length > 0) throw new Error(mistakes.map(({ message }) => message).join("\n"));
    return loaded.data();
  });
  const persistent = layoutPersistent([], {});
  const reporter = new Reporter();
  const { target, wasm } = place;
  const program = compile(unit[mode], {
    name: mode,
    target,
    dims: {},
    persistent,
    reporter,
    ...(wasm ? { wasm } : {}),
  });
  if (!program) throw new Error(reporter.diagnostics.map(({ message }) => message).join("\n"));
  const session = await devices[target].open(persistent, wasm ? { threads: wasm.threads } : {});
  await session.load(program);
  return async (seed, step) => {
    session.run(mode, { $seed: seed, $step: step, $steps: 1, $epoch: 0 });
    const fields: Record<string, number[]> = {};
    // As they are stored: the reference keeps double precision.
    for (const { name } of program.outputs)
      fields[name] = [...Float32Array.from(await session.output(mode, name))];
    return fields;
  };
}
