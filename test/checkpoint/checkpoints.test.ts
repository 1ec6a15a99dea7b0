import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
} from "../../runtime/checkpoint/checkpoint.ts";
import {
  latestCheckpoint,
  listCheckpoints,
  writeCheckpoint,
} from "../../runtime/node/checkpoints.ts";
import { readManifest, writeManifest } from "../../runtime/node/manifest.ts";
import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dlm-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function checkpoint(step: number): Checkpoint {
  return {
    tensors: new Map([
      ["net.weight", { dtype: "f32", shape: [2, 2], data: Float32Array.of(1, 2, 3, step) }],
      ["optimizer.net.weight.t", { dtype: "i32", shape: [], data: Int32Array.of(step) }],
    ]),
    position: {
      step,
      epoch: 1,
      phase: { index: 1, step: 4, epoch: 0 },
      draws: 2 * step,
      batch: 2,
      sums: { loss: 0.1 + 0.2 },
      seen: 64,
      seconds: 1.5,
      best: null,
    },
    fingerprint: "abc",
    version: "0.1.0",
  };
}

describe("checkpoints", () => {
  test("are read back exactly", async () => {
    await writeCheckpoint(folder, checkpoint(12));
    expect(await latestCheckpoint(folder)).toEqual(checkpoint(12));
  });

  test("the same state gives the same bytes", async () => {
    expect(await encodeCheckpoint(checkpoint(3))).toEqual(await encodeCheckpoint(checkpoint(3)));
  });

  test("the last two are kept, other files are left alone", async () => {
    writeFileSync(path.join(folder, "best.safetensors"), "x");
    writeFileSync(path.join(folder, "checkpoint-0000000001.safetensors.0011aabb.part"), "x");
    for (const step of [9, 10, 100, 1000]) await writeCheckpoint(folder, checkpoint(step));
    expect(readdirSync(folder).sort()).toEqual([
      "best.safetensors",
      "checkpoint-0000000100.safetensors",
      "checkpoint-0000001000.safetensors",
    ]);
  });

  test("a damaged one is named and passed over; if all are, that is an error", async () => {
    await writeCheckpoint(folder, checkpoint(1));
    await writeCheckpoint(folder, checkpoint(2));
    const [older = "", newer = ""] = listCheckpoints(folder);
    const bytes = readFileSync(newer);
    bytes[bytes.length - 1] = 255 - (bytes.at(-1) ?? 0);
    writeFileSync(newer, bytes);
    const told: string[] = [];
    const found = await latestCheckpoint(folder, (message) => told.push(message));
    expect(found?.position.step).toBe(1);
    expect(told).toEqual([expect.stringContaining(newer)]);
    writeFileSync(older, readFileSync(older).subarray(0, 90));
    await expect(latestCheckpoint(folder)).rejects.toMatchObject({
      name: "UserError",
      place: newer,
    });
  });

  test("every changed byte is noticed", async () => {
    const bytes = await encodeCheckpoint(checkpoint(5));
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const result: unknown = await decodeCheckpoint(changed, "c").catch((error: unknown) => error);
      // A changed name of the header's padding or of a tensor would go unnoticed by the sum of the data alone.
      expect(result, `byte ${at}`).toHaveProperty("name", "UserError");
    }
  });

  test("weights alone are no checkpoint", async () => {
    const bytes = writeSafetensors(checkpoint(1).tensors);
    await expect(decodeCheckpoint(bytes, "w")).rejects.toThrow(/no checkpoint of a training/);
  });

  test("an empty folder has none", async () => {
    expect(await latestCheckpoint(folder)).toBeUndefined();
    await expect(latestCheckpoint(path.join(folder, "none"))).rejects.toThrow(
      /cannot read the folder/,
    );
  });
});

test("a manifest is plain JSON", () => {
  const manifest = {
    file: "m.dlm",
    training: "t",
    model: "M",
    settings: { batch: "32" },
    sets: ["epochs=3"],
    seed: 1,
    device: "js",
    threads: 1,
    fused: false,
    version: "0.1.0",
    node: "v20",
    sources: { "m.dlm": "00" },
    data: { name: "d", fingerprint: "11", files: [] },
    fingerprint: "22",
  };
  writeManifest(folder, manifest);
  expect(readManifest(folder)).toEqual(manifest);
});
