// A program of its own, started with `--expose-gc` and a young generation that holds everything until then: trains a
// small model on wasm through the library and prints, as JSON, what 1,000 steps allocated and what they left behind.

import { getHeapStatistics } from "node:v8";

import { load, train } from "../../compiler/api/index.ts";
import { memoryHost } from "../../runtime/memory-host.ts";

const stepsPerEpoch = 1500;

/** Examples a batch. */
const batch = Number(process.argv[2]);

const source = `
data drawn = synthetic(${batch * stepsPerEpoch}) {
  field x: [6] = uniform([6], from = -1, to = 1)
  field label: i32[] = i32(uniform([], from = 0, to = 3.99))
}
model Small(x: [batch, 6]) -> (logits: [batch, 4]) = x |> dense(8) |> relu |> dense(4)
train Small on drawn {
  loss = cross_entropy(logits, label)
  metrics = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = 1e-2)
  batch = ${batch}
  epochs = 4
}`;

export interface Allocations {
  /** Bytes of objects and of arrays' memory that a step made, where every field was computed anew and where it was kept
   *  from the epoch before. */
  readonly computed: number;
  readonly kept: number;
  /** Bytes a step that were still there after a collection: the least of three epochs, for code that the engine makes late
   *  stays as well, once. */
  readonly left: number;
}

/** Bytes in use: objects, and the memory of arrays beside them. */
function bytesInUse(): number {
  return getHeapStatistics().used_heap_size + process.memoryUsage().arrayBuffers;
}

const { gc } = globalThis as { gc?: () => void };
if (!gc) throw new Error("start it with --expose-gc");
const steps = 1000;
/** Steps of an epoch that come first, while the engine is still compiling. */
const warm = 400;
const found: Record<string, number> = {};
let begun = 0;
const host = memoryHost({ "small.dlm": source });
await train(load("small.dlm", { host }).training(), {
  dataHost: host,
  device: "wasm",
  threads: 1,
  onEvent(event) {
    if (event.event !== "step") return;
    const inEpoch = event.step - stepsPerEpoch * (event.epoch - 1);
    if (inEpoch === warm) {
      gc();
      begun = bytesInUse();
    } else if (inEpoch === warm + steps) {
      if (event.epoch === 1) found["computed"] = (bytesInUse() - begun) / steps;
      if (event.epoch === 2) found["kept"] = (bytesInUse() - begun) / steps;
      gc();
      const left = Math.abs(bytesInUse() - begun) / steps;
      if (event.epoch > 1) found["left"] = Math.min(left, found["left"] ?? Infinity);
    }
  },
});
process.stdout.write(JSON.stringify(found));
