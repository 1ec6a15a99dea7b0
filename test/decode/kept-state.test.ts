// Kept states against the whole prefix: the same scores at every position, for recurrent networks, attention and
// translation, on every device; beams that change places; and models that cannot be run so, with the reason.

import { describe, expect, test } from "vitest";
import { keepStates } from "../../compiler/decode/index.ts";
import { trainingPlaces } from "../oracle/support/program.ts";
import { keptModel, models, openBoth, refused } from "./support/kept.ts";

const tolerance = 2e-5;

describe.each(trainingPlaces)("$name", (place) => {
  test.each(Object.entries(models))(
    "%s",
    async (_name, model) => {
      for (const rows of place.name === "wasm" ? [1, 3] : [3]) {
        const both = await openBoth(model, rows, place);
        // Twice, so that nothing is left over from the sequences before.
        for (let turn = 0; turn < 2; turn++) {
          const { whole, kept } = await both.scores(turn);
          for (const [position, expected] of whole.entries()) {
            const found = kept[position] ?? new Float32Array(0);
            const errors = expected.map((x, i) => Math.abs(x - (found[i] ?? NaN)));
            const where = `rows ${rows}, turn ${turn}, position ${position}`;
            expect(Math.max(...errors), where).toBeLessThan(tolerance);
          }
        }
        await both.close();
      }
    },
    120_000,
  );
});

test.each(Object.entries(refused))("%s is refused", (_name, { text, reason }) => {
  const kept = keepStates(keptModel({ text, grows: "x", window: 6 }, 2));
  expect("refusal" in kept ? kept.refusal : "kept").toMatch(reason);
});
