// One more token of the tiny GPT with kept states, one sequence, one thread: against reading the weights once at copy
// speed, and late in the prefix against early. `node --import tsx bench/token.ts [device] [rows]`

import { Reporter } from "../grammar/diagnostic.ts";
import { load, openRunner } from "../compiler/api/index.ts";
import { loadKept } from "../compiler/api/scorer.ts";
import { keepStates } from "../compiler/decode/index.ts";
import { specialize } from "../compiler/ir/specialize.ts";
import { infer, newBuilder } from "../compiler/ops/index.ts";
import { fixed, makeView, plain } from "../compiler/ops/make.ts";
import { lower } from "../compiler/ops/lower.ts";
import { knownShape } from "../compiler/ops/shapes.ts";
import type { KernelWatch } from "../runtime/artifact.ts";
import { createSourceHost } from "../runtime/node/index.ts";
import { elementBytes, sizeOf } from "../runtime/types.ts";
import { fileOf, modelNamed } from "./models.ts";

const [device = "wasm", rowsText = "1", profile = ""] = process.argv.slice(2);
const rows = Number(rowsText);
const window = 64;
const repetitions = 200;

const file = fileOf(modelNamed("tiny-gpt"));
const unit = load(file, { host: createSourceHost({ main: file }) }).model();
const kept = keepStates({
  length: window,
  rows,
  grows: "tokens",
  prefix: "decode.",
  graph: (length, count) => {
    const dims = { batch: count, t: length };
    const graph = specialize(unit.evaluation, dims, infer, new Reporter());
    if (!graph) return undefined;
    const node = lower(graph).outputs[0]?.node;
    if (!node) return undefined;
    const [, , vocabulary = 1] = knownShape(node.type);
    const forms = [plain(0), fixed(length - 1), plain(1)];
    const last = makeView(newBuilder(node.origin), node, [count, vocabulary], forms, 0);
    return { inputs: graph.inputs, outputs: [{ name: "last", role: "result", node: last }] };
  },
});
if ("refusal" in kept) throw new Error(kept.refusal);

const runner = await openRunner(unit, {
  device: device as "wasm",
  ...(device === "wasm" ? { threads: 1 } : {}),
  dims: { t: window },
  ...(profile === "plan"
    ? {
        observe: (stage, text) =>
          stage === "plan" || stage === "kernels" ? console.log(text()) : undefined,
      }
    : {}),
});
runner.initialise();
const programs = await loadKept(runner, kept, "bench", rows);
const { session } = runner;

const tokens = Int32Array.from({ length: rows }, (_, i) => 4 + i);
const feed = { tokens, $position: 0 };

/** Least time of the token at each position, in microseconds. */
const best = new Float64Array(window).fill(Infinity);
for (let turn = 0; turn < repetitions; turn++) {
  session.run(programs.begin, {});
  for (let position = 0; position < window; position++) {
    feed.$position = position;
    tokens[0] = (turn * 7 + position * 3) % 65;
    const start = performance.now();
    session.run(programs.step, feed);
    const spent = 1000 * (performance.now() - start);
    best[position] = Math.min(best[position] ?? Infinity, spent);
  }
}

const weights = runner.persistent.tensors.filter(({ name }) =>
  unit.tensors.some(({ path, role }) => path === name && role === "parameter"),
);
const bytes = weights.reduce(
  (sum, { dtype, shape }) => sum + elementBytes[dtype] * sizeOf(shape),
  0,
);
const copy = copyTime(bytes);
const at = (position: number): number => best[position] ?? NaN;
const median = [...best].sort((a, b) => a - b)[window >> 1] ?? NaN;
console.log(`weights ${(bytes / 2 ** 20).toFixed(2)} MiB, copied in ${copy.toFixed(0)} µs`);
console.log(`one token: ${median.toFixed(0)} µs, ${(median / copy).toFixed(2)} × the copy`);
console.log(
  `position 60 / position 4: ${at(60).toFixed(0)} / ${at(4).toFixed(0)} = ${(at(60) / at(4)).toFixed(3)}`,
);
if (profile === "profile") await profileStep();
await runner.close();

/** Least time to copy so many bytes, in microseconds. */
function copyTime(count: number): number {
  const from = new Uint8Array(count).fill(1);
  const to = new Uint8Array(count);
  let least = Infinity;
  for (let i = 0; i < 500; i++) {
    const start = performance.now();
    to.set(from);
    least = Math.min(least, 1000 * (performance.now() - start));
  }
  return least;
}

/** Kernels by time. */
async function profileStep(): Promise<void> {
  const spent = new Map<string, { time: number; bytes: number }>();
  for (let i = 0; i < 300; i++) {
    const watch: KernelWatch = (kernel, index, start, end) => {
      const key = `${index} ${kernel.kind} ${kernel.name}`;
      const time = Math.min(spent.get(key)?.time ?? Infinity, 1000 * (end - start));
      spent.set(key, { time, bytes: kernel.bytesRead });
    };
    await session.inspect(programs.step, feed, { watch });
  }
  for (const [name, { time, bytes: read }] of [...spent]
    .sort((a, b) => b[1].time - a[1].time)
    .slice(0, 30)) {
    console.log(
      `${time.toFixed(1).padStart(8)} µs  ${(read / time / 1000).toFixed(1).padStart(6)} GB/s  ${name}`,
    );
  }
}
