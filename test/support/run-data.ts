// Runs the program of a data declaration by itself: the fields of one example, by seed and step, on every device.

import { onTestFinished } from "vitest";
import type { DataUnit } from "../../compiler/elaborate/unit.ts";
import { compile } from "../../compiler/index.ts";
import { topological } from "../../compiler/ir/graph.ts";
import { textAttr } from "../../compiler/ops/shapes.ts";
import { layoutPersistent } from "../../compiler/program.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { devices } from "../../runtime/devices/index.ts";
import { placeKey, uniformAt } from "../../runtime/random.ts";
import { sizeOf } from "../../runtime/types.ts";
import { explained, loadText, type Place } from "../oracle/support/program.ts";

/** The fields of the example that $seed and $draw draw. */
export type Example = (seed: number, draw: number) => Promise<Record<string, number[]>>;

/** What each place of a declaration draws in training, in the order of the places' names, by Philox itself. */
export function drawsOf(text: string): (seed: number, draw: number) => number[][] {
  const { training } = dataUnit(text);
  const places = topological(training.outputs.map(({ node }) => node))
    .filter(({ op }) => op === "random")
    .map(({ attrs, type }) => ({
      place: textAttr(attrs, "place"),
      size: sizeOf(type.shape.map(Number)),
    }))
    .sort((a, b) => a.place.localeCompare(b.place, "en", { numeric: true }));
  return (seed, draw) =>
    places.map(({ place, size }) => {
      const [key0, key1] = placeKey(place);
      return Array.from({ length: size }, (_, i) => uniformAt(i, key0, key1, seed, draw));
    });
}

/** The only declaration of a source text without mistakes. */
function dataUnit(text: string): DataUnit {
  return explained(text, () => {
    const loaded = loadText(text);
    const mistakes = loaded.checkAll();
    if (mistakes.length > 0) throw new Error(mistakes.map(({ message }) => message).join("\n"));
    return loaded.data();
  });
}

/** A declaration without columns and fitted states, compiled for a device; open until the test that asks has ended. */
export async function openExample(
  text: string,
  place: Place,
  mode: "training" | "evaluation" = "training",
): Promise<Example> {
  const unit = dataUnit(text);
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
  onTestFinished(() => session.close());
  await session.load(program);
  return async (seed, draw) => {
    session.run(mode, { $seed: seed, $draw: draw, $step: 0, $steps: 1, $epoch: 0 });
    const fields: Record<string, number[]> = {};
    // As they are stored: the reference keeps double precision.
    for (const { name } of program.outputs)
      fields[name] = [...Float32Array.from(await session.output(mode, name))];
    return fields;
  };
}
