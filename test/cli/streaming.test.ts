// 20,000 PNG files stream through a training in no more memory than its log says, against the peak of the same training
// on data that it draws itself.

import { readFileSync } from "node:fs";
import path from "node:path";

import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, it } from "vitest";

import { makeFolder, readEvents, type Folder } from "../support/command.ts";
import { peakOf } from "../support/peak-memory.ts";

const files = 20_000;
const size = 32;

const source = `
data pictures = images("pictures") {
  field image: [3, ${size}, ${size}] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1)
}

data drawn = synthetic(640) {
  field image: [3, ${size}, ${size}] = uniform([3, ${size}, ${size}], from = 0, to = 1)
  field label: i32[] = i32(image[0, 0, 0] > 0.5)
  split = holdout(validation = 0.1)
}

model Tiny(image: [batch, ...]) -> (logits: [batch, 2]) =
  image |> conv(4, 3, stride = 4) |> relu |> global_avg_pool |> dense(2)

train streamed = Tiny on pictures {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = 0.02)
  batch     = 64
  epochs    = 1
}

train held = Tiny on drawn {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = 0.02)
  batch     = 64
  epochs    = 1
}
`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "model.dlm": source });
  // Two hundred different pictures, dark ones and bright ones, each a hundred times.
  const encoded = Array.from({ length: 200 }, (_, n) => {
    const picture = new PNG({ width: size, height: size });
    for (let i = 0; i < picture.data.length; i++) {
      picture.data[i] = (n % 2 === 0 ? 20 : 160) + ((i * (n + 7)) % 90);
    }
    return PNG.sync.write(picture, { colorType: 2, deflateLevel: 1 });
  });
  for (let i = 0; i < files; i++) {
    const bytes = encoded[i % encoded.length] ?? Buffer.alloc(0);
    folder.write(`pictures/${i % 2 === 0 ? "dark" : "bright"}/${i}.png`, bytes);
  }
}, 60_000);
afterAll(() => folder.remove());

it("streams within the memory that the log states", { timeout: 120_000 }, async () => {
  const train = ["train", "model.dlm", "--device", "wasm", "--threads", "1", "--no-report"];
  const held = await peakOf(folder.path, ...train, "--training", "held", "--out", "held");
  const streamed = await peakOf(folder.path, ...train, "--training", "streamed", "--out", "run");
  const events = readEvents(readFileSync(path.join(folder.path, "run", "log.jsonl"), "utf8"));
  const [start] = events;
  const { streams } = start as unknown as {
    streams: { files: number; buffer_bytes: number; bound_bytes: number };
  };
  expect(streams.files).toBe(files);
  const bound = streams.bound_bytes / 2 ** 20;
  expect(streamed - held).toBeLessThan(bound);
  // All fields at once would be more than twice as much.
  expect(bound).toBeLessThan((4 * files * 3 * size * size) / 2 ** 20 / 2);
  expect(events.filter(({ event }) => event === "step")).toHaveLength(Math.ceil(18_000 / 64));
  expect(events.at(-1)).toMatchObject({ event: "end", finished: true });
  const epoch = events.find(({ event }) => event === "epoch") as unknown as {
    validation: { accuracy: number };
  };
  expect(epoch.validation.accuracy).toBeGreaterThan(0.95);
});
