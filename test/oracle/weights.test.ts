// Weights that PyTorch wrote load by name, and give its logits and its loss.

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { openTraining } from "../../compiler/api/train.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { describeShared, sharedDir } from "../support/shared.ts";
import { disagreement } from "./support/compare.ts";
import { readCases, readTensors, tensorOf } from "./support/manifest.ts";

interface ModelCase {
  readonly id: string;
  readonly file: string;
  readonly buffers: readonly string[];
  readonly params: readonly { readonly name: string }[];
  readonly loss_before: readonly number[];
  readonly rtol: number;
  readonly atol: { readonly loss: number; readonly logits_before: number };
}

/** Where the oracle's files hold what: the names themselves are PyTorch's. */
const renames: Readonly<Record<string, string>> = {
  lenet: '{ "*" = "param/*" }',
  resnet_tiny: '{ "*.running_*" = "buffer/*.running_*", "*" = "param/*" }',
};

describeShared("weights of PyTorch", () => {
  const cases = readCases<ModelCase>("models");
  test.each(Object.keys(renames))("load by name: %s", async (id) => {
    const c = cases.find((each) => each.id === id);
    if (!c) throw new Error(`the oracle has no ${id}`);
    const text = readFileSync(path.join(import.meta.dirname, "models", `${id}.dlm`), "utf8");
    const start = `start = weights("w.safetensors", rename = ${renames[id]})\n  loss =`;
    const bytes = readFileSync(path.join(sharedDir ?? "", "oracle", c.file));
    const host = memoryHost({ "m.dlm": text.replace("loss =", start), "w.safetensors": bytes });
    const unit = load("m.dlm", { host, dataHost: host }).training();
    const opened = await openTraining(unit, { dataHost: host, device: "wasm", threads: 1 });
    const { runner } = opened;
    const loaded = c.params.length + c.buffers.length;
    expect(opened.weights).toMatchObject([{ event: "weights", loaded, fresh: 0 }]);
    const tensors = readTensors(c.file);
    const x = tensorOf(tensors, "batch0/x");
    const inputs = { x: x.data, y: tensorOf(tensors, "batch0/y").data };
    const size = x.shape[0] ?? 1;
    if (c.buffers.length === 0) {
      const { logits } = await runner.forward({ x: x.data }, size);
      const expected = tensorOf(tensors, "logits_before").data;
      const allowed = { rtol: c.rtol, atol: c.atol.logits_before };
      expect(disagreement("logits", logits ?? [], expected, allowed)).toBeUndefined();
    }
    const { loss } = await runner.gradients(inputs, size);
    const wanted = c.loss_before.slice(0, 1);
    const allowed = { rtol: c.rtol, atol: c.atol.loss };
    expect(disagreement("loss", [loss], wanted, allowed)).toBeUndefined();
    await opened.close();
  });
});
