// The files that the language was designed with have no mistakes but what this version does not run yet.

import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { diagnosticJson } from "../../grammar/diagnostic-json.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { createSourceHost } from "../../runtime/node/source-host.ts";
import { dataDir, describeShared, sharedDir } from "../support/shared.ts";

const folder = path.join(sharedDir ?? "", "design", "examples");
const files = sharedDir === undefined ? [] : readdirSync(folder).filter((f) => f.endsWith(".dlm"));

/**
 * Mistakes of the files themselves: five halvings leave nothing of an image of 28 × 28, PyTorch refuses it too; the best
 * epoch by a split that the data do not have, where only test data are left to choose by; a mask [time, time] for their own
 * block that wants [b, _, _, j].
 */
const theirOwn: Readonly<Record<string, string>> = {
  "07_alexnet_vgg_nin.dlm": "the window is 2, but must be at most 1",
  "10_densenet.dlm": "the window is 2, but must be at most 1",
  "11_fine_tuning.dlm": "the data has no split called `validation`",
  "17_transformer.dlm":
    "the input `mask` of `multi_head_attention`: [b, _, _, j] and [13, 13] do not fit",
  "19_tiny_gpt.dlm":
    "the input `mask` of `multi_head_attention`: [b, _, _, j] and [128, 128] do not fit",
};

describeShared("examples of the design", () => {
  test("are all there", () => {
    expect(files.length).toBeGreaterThanOrEqual(25);
  });

  for (const [where, place] of [
    ["without data", path.join(folder, "no such folder")],
    ["with the data", dataDir ?? folder],
  ] as const) {
    test.each(files)(`${where}: %s`, (name) => {
      const main = path.join(folder, name);
      const host = createSourceHost({ main, workingFolder: folder, anywhere: false });
      const dataHost = createDataHost({
        folder,
        anywhere: false,
        environment: { DLM_DATA: place, XDG_CACHE_HOME: path.join(folder, "no cache") },
      });
      const found = load(main, { host, dataHost })
        .checkAll()
        .filter(({ severity, code }) => severity === "error" && code !== "not-yet")
        .filter(({ message }) => !message.startsWith(theirOwn[name] ?? "\n"))
        .map((d) => `${name}:${diagnosticJson(d).line} ${d.code}: ${d.message}`);
      expect(found).toEqual([]);
    });
  }
});
