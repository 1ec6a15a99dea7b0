// Mixed precision: gradients and courses near those of f32, and the dynamic loss scale against a model of PyTorch's
// GradScaler written down here.

import { describe, expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { atPrecision, defaultLossScale } from "../../compiler/api/precision.ts";
import { openRunner, type Runner } from "../../compiler/api/runner.ts";
import { train, type Snapshot, type TrainOptions } from "../../compiler/api/train.ts";
import { lossScalePaths } from "../../compiler/autodiff/loss-scale.ts";
import type { TrainingUnit } from "../../compiler/elaborate/unit.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import type { TrainingEvent } from "../../runtime/train/events.ts";
import { sizeOf } from "../../runtime/types.ts";

function unitOf(text: string): TrainingUnit {
  const host = memoryHost({ "m.dlm": text });
  return load("m.dlm", { host, dataHost: host }).training();
}

function classifier(body: string, shape: string, settings = "optimizer = adam(lr = 0.01)"): string {
  return `
data d = synthetic(64, seed = 3) {
  field x: [${shape}] = uniform([${shape}], from = -1, to = 1)
  field y: i32[] = 1
}
model M(x: [batch, ${shape}]) -> (scores: [batch, 4]) = ${body}
train M on d {
  loss = cross_entropy(scores, y)
  ${settings}
  epochs = 1
  batch = 32
}
`;
}

const models = {
  mlp: classifier("x |> flatten |> dense(16) |> gelu |> dense(4)", "8, 8"),
  // Without kinks: where rounding takes a number over that of a `relu` or a maximum, its gradient is another one.
  convolution: classifier(
    "x |> conv(8, 3, padding = 1) |> batch_norm |> tanh |> avg_pool(3, stride = 1) |> conv(4, 3) |> silu |> flatten |> dense(4)",
    "4, 8, 8",
  ),
  recurrent: classifier("gru(12)(x)[:, -1] |> dense(4)", "8, 8"),
  attention: classifier(
    "(x |> dense(16) |> transformer_encoder_layer(heads = 2, hidden = 32, drop = 0))[:, 0] |> dense(4)",
    "8, 8",
  ),
};

/** ‖a − b‖ / ‖b‖ */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] ?? NaN) - (b[i] ?? NaN)) ** 2;
    size += (b[i] ?? NaN) ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}

describe.each(Object.entries(models))("the gradients of a model: %s", (_name, text) => {
  test.each(["js", "wasm", "reference"] as const)("on %s are near those in f32", async (device) => {
    const found: Record<string, Awaited<ReturnType<Runner["gradients"]>>> = {};
    for (const precision of ["f32", "f16"] as const) {
      const runner = await openRunner(unitOf(text), { device, precision });
      runner.initialise();
      const [x] = runner.compiled("gradients", 32).inputs.filter(({ name }) => name === "x");
      const inputs = {
        x: Float32Array.from({ length: sizeOf(x?.shape ?? []) }, (_, i) => Math.sin(1.7 * i)),
        y: Int32Array.from({ length: 32 }, (_, i) => i % 4),
      };
      found[precision] = await runner.gradients(inputs, 32);
      await runner.close();
    }
    const [half, single] = [found["f16"], found["f32"]];
    expect(half?.loss).toBeCloseTo(single?.loss ?? NaN, 2);
    expect(half?.loss).not.toBe(single?.loss);
    // Half precision has 11 bits: 5e-4. What a gradient is summed from is rounded a few times on the way.
    for (const [path, gradient] of Object.entries(single?.gradients ?? {})) {
      if (Math.hypot(...gradient) < 1e-5) continue; // a bias before a normalisation
      expect(distance(half?.gradients[path] ?? [], gradient), path).toBeLessThan(1e-2);
    }
  });
});

/** y = 1000 for inputs of 1: the gradient by the guess is 2·(guess − y)/8 ≈ −250 in every step, as the rate is small. */
const far = (settings = "optimizer = adam(lr = 0.001)"): string => `
data d = synthetic(64, seed = 3) {
  field x: [2] = ones([2])
  field y: [1] = 1000 * ones([1])
}
model Line(x: [batch, 2]) -> (guess: [batch, 1]) = x |> dense(1)
train Line on d {
  loss = mse(guess, y)
  ${settings}
  epochs = 3
  batch = 8
}
`;
const batch = { x: new Float32Array(16).fill(1), y: new Float32Array(8).fill(1000) };

/** torch.amp.GradScaler: `update()` after a step with or without an infinity. */
class ScalerModel {
  scale: number;
  private tracker = 0;
  private readonly rules: typeof defaultLossScale;

  constructor(rules: typeof defaultLossScale) {
    this.rules = rules;
    this.scale = rules.initial;
  }

  update(foundInfinity: boolean): void {
    if (foundInfinity) {
      this.scale *= this.rules.backoff;
      this.tracker = 0;
    } else if (++this.tracker === this.rules.interval) {
      this.scale *= this.rules.growth;
      this.tracker = 0;
    }
  }
}

describe.each(["js", "wasm", "reference"] as const)("the loss scale on %s", (device) => {
  const open = async (unit: TrainingUnit): Promise<Runner> => {
    const runner = await openRunner(unit, { device, norm: true });
    runner.initialise();
    return runner;
  };

  test("backs off and grows as GradScaler does, and a bad step changes nothing", async () => {
    const rules = { ...defaultLossScale, interval: 3 };
    const runner = await open(atPrecision(unitOf(far()), "f16", rules));
    const model = new ScalerModel(rules);
    const paths = runner.persistent.tensors.map(({ name }) => name);
    const kept = paths.filter((name) => !name.startsWith("optimizer.$loss_scale"));
    const told: boolean[] = [];
    for (let step = 0; step < 20; step++) {
      const before = await Promise.all(kept.map((path) => runner.read(path)));
      await runner.step(batch, 8, { step, steps: 20 });
      const overflows = model.scale * 250 >= 65520;
      model.update(overflows);
      told.push(overflows);
      expect((await runner.read(lossScalePaths.value))[0]).toBe(model.scale);
      const after = await Promise.all(kept.map((path) => runner.read(path)));
      if (overflows) expect(after).toEqual(before);
      else expect(after).not.toEqual(before);
    }
    const skipped = told.filter(Boolean).length;
    expect((await runner.read(lossScalePaths.skipped))[0]).toBe(skipped);
    // 65536 → 256 in eight steps; then every fourth step tries twice as much.
    expect(skipped).toBe(8 + 3);
    await runner.close();
  });

  test("optimizers count the steps that were made", async () => {
    const half = await open(atPrecision(unitOf(far()), "f16"));
    for (let step = 0; step < 11; step++) await half.step(batch, 8, { step, steps: 20 });
    const single = await open(unitOf(far()));
    for (let step = 0; step < 3; step++) await single.step(batch, 8, { step, steps: 20 });
    for (const path of ["dense_0.weight", "dense_0.bias"]) {
      const wanted = await single.read(path);
      const found = await half.read(path);
      found.forEach((value: number, i) => expect(value).toBeCloseTo(wanted[i] ?? NaN, 5));
    }
    await Promise.all([half.close(), single.close()]);
  });

  test("clips and measures the gradients of the loss itself", async () => {
    const text = far("optimizer = sgd(lr = 1)\n  clip = norm(2)");
    const runner = await open(atPrecision(unitOf(text), "f16"));
    for (let step = 0; step < 8; step++) await runner.step(batch, 8, { step });
    const before = await runner.read("dense_0.bias");
    await runner.step(batch, 8, { step: 8 });
    const after = await runner.read("dense_0.bias");
    // Three equal gradients of about −2000 each; together they have the norm 2000·√3, which becomes 2.
    const norm = Number((await runner.session.output("train@8", "$norm"))[0]);
    expect(norm / (2000 * Math.sqrt(3))).toBeCloseTo(1, 2);
    expect((after[0] ?? 0) - (before[0] ?? 0)).toBeCloseTo(2 / Math.sqrt(3), 3);
    await runner.close();
  });
});

interface Ran {
  readonly events: readonly TrainingEvent[];
  readonly last: Snapshot | undefined;
}

async function run(
  text: string,
  options: Partial<TrainOptions> & { stop?: number } = {},
): Promise<Ran> {
  const host = memoryHost({ "m.dlm": text });
  const events: TrainingEvent[] = [];
  const stop = new AbortController();
  let last: Snapshot | undefined;
  await train(load("m.dlm", { host, dataHost: host }).training(), {
    dataHost: host,
    device: "wasm",
    precision: "f16",
    now: () => 0,
    ...options,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.event === "step" && event.step === options.stop) stop.abort();
    },
    save: async (snapshot) => {
      const copies = [...snapshot.tensors].map(
        ([path, tensor]) => [path, { ...tensor, data: tensor.data.slice() }] as const,
      );
      last = { ...snapshot, tensors: new Map(copies) };
      return "memory";
    },
  });
  return { events, last };
}

const steps = ({ events }: Ran): Extract<TrainingEvent, { event: "step" }>[] =>
  events.flatMap((event) => (event.event === "step" ? [event] : []));
const epochs = ({ events }: Ran): Extract<TrainingEvent, { event: "epoch" }>[] =>
  events.flatMap((event) => (event.event === "epoch" ? [event] : []));

describe("a whole training in mixed precision", () => {
  const scheduled = far("optimizer = adam(lr = cosine(from = 0.001))");

  test("tells what it left out, and schedules begin with the first step that was made", async () => {
    const half = await run(scheduled);
    expect(half.events[0]).toMatchObject({ event: "start", precision: "f16" });
    const told = steps(half);
    expect(told.map(({ skipped }) => skipped ?? false)).toEqual([
      ...Array.from({ length: 8 }, () => true),
      ...Array.from({ length: 16 }, () => false),
    ]);
    for (const { skipped, norm } of told) expect(norm === undefined).toBe(skipped === true);
    expect(epochs(half).map(({ skipped }) => skipped)).toEqual([8, undefined, undefined]);
    const single = await run(scheduled, { precision: "f32" });
    const rates = (ran: Ran): (number | null)[] => steps(ran).map(({ lr }) => lr);
    expect(rates(half).slice(0, 9)).toEqual(Array.from({ length: 9 }, () => rates(single)[0]));
    expect(rates(half).slice(8)).toEqual(rates(single).slice(0, 16));
    expect(single.events[0]).not.toHaveProperty("precision");
    for (const event of single.events) expect(event).not.toHaveProperty("skipped");
  });

  // Amid the steps that are left out, and after them.
  test.each([3, 8, 11])("goes on after step %d as if unbroken", async (stop) => {
    const whole = await run(scheduled);
    const first = await run(scheduled, { stop });
    const resume = first.last;
    if (!resume) throw new Error("nothing was saved");
    const second = await run(scheduled, { resume });
    expect(second.last?.tensors).toEqual(whole.last?.tensors);
    expect(second.last?.position).toEqual(whole.last?.position);
    expect([...steps(first), ...steps(second)]).toEqual(steps(whole));
    expect([...epochs(first), ...epochs(second)]).toEqual(epochs(whole));
    expect([...(second.last?.tensors.keys() ?? [])]).toContain(lossScalePaths.value);
  });

  test.each([
    ["f32", "f16"],
    ["f16", "f32"],
  ] as const)("a run in %s does not go on in %s", async (before, after) => {
    const { last } = await run(far(), { precision: before, stop: 3 });
    if (!last) throw new Error("nothing was saved");
    await expect(run(far(), { precision: after, resume: last })).rejects.toThrow(
      "the run was begun with another precision",
    );
  });

  test("adds up gradients of several batches, and leaves out the step of all", async () => {
    const settings = "optimizer = adam(lr = 0.001)";
    const large = await run(far(settings));
    const parts = await run(far(`${settings}\n  accumulate = 2`).replace("batch = 8", "batch = 4"));
    expect(steps(parts).map(({ skipped }) => skipped)).toEqual([
      // A batch of half the size has gradients twice as large: one more step is left out.
      ...Array.from({ length: 9 }, () => true),
      ...Array.from({ length: 15 }, () => undefined),
    ]);
    const weights = (ran: Ran): number[] => [
      ...(ran.last?.tensors.get("dense_0.weight")?.data ?? []),
    ];
    // Every step is as long as the rate; one is missing.
    weights(parts).forEach((w, i) => expect(w + 0.001).toBeCloseTo(weights(large)[i] ?? NaN, 4));
  });

  test.each(["js", "wasm"] as const)("on %s learns as fast as in f32", async (device) => {
    const text = `
data d = digits(480, seed = 1) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
model Lenet(image: [batch, 1, 28, 28]) -> (scores: [batch, 10]) =
  image |> conv(6, 5, padding = 2) |> batch_norm |> relu |> max_pool(2)
    |> conv(8, 5) |> relu |> max_pool(2) |> flatten |> dense(32) |> tanh |> dense(10)
train Lenet on d {
  loss = cross_entropy(scores, label)
  optimizer = adam(lr = 0.004)
  epochs = 3
  batch = 48
}
`;
    const losses = async (precision: "f32" | "f16"): Promise<number[]> =>
      steps(await run(text, { precision, device })).map(({ loss }) => loss);
    const [single, half] = [await losses("f32"), await losses("f16")];
    expect(half).not.toEqual(single);
    half.forEach((loss, i) => expect(Math.abs(loss - (single[i] ?? NaN))).toBeLessThan(0.03));
    expect(single.at(-1)).toBeLessThan(0.7 * (single[0] ?? 0));
  });
});
