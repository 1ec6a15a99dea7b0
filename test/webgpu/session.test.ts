// The session of a GPU by itself: results of several runs on their way, growth, segments, what is refused.

import { afterEach, beforeAll, expect, test } from "vitest";

import { openRunner, load, type Runner } from "../../compiler/api/index.ts";
import { createPrograms } from "../../compiler/api/programs.ts";
import { commonSettings } from "../../compiler/backends/wgsl/settings.ts";
import type { ModelUnit, TrainingUnit } from "../../compiler/elaborate/unit.ts";
import type { Session, WebgpuSettings } from "../../runtime/artifact.ts";
import { openWebgpu } from "../../runtime/devices/webgpu/device.ts";
import type { TypedArray } from "../../runtime/types.ts";
import { describeWebgpu, gpuSettings } from "../support/webgpu.ts";

const source = `
data given = synthetic(8) {
  field x: [6] = zeros([6])
  field y: i32[] = 0
}

model Net(x: [batch, 6]) -> (logits: [batch, 3]) = x |> dense(20) |> relu |> dense(3)

train net = Net on given {
  loss = cross_entropy(logits, y)
  optimizer = adam(lr = 0.1)
  batch = 8
  epochs = 1
}
`;

const inputs = {
  x: Array.from({ length: 48 }, (_, i) => Math.sin(i)),
  y: [0, 1, 2, 0, 1, 2, 0, 1],
};

function unitOf(): { readonly training: TrainingUnit; readonly model: ModelUnit } {
  const host = { readText: () => source, resolve: () => undefined };
  const loaded = load("case.dlm", { host });
  return { training: loaded.training(), model: loaded.model() };
}

const open: Runner[] = [];

async function runnerOn(device: string): Promise<Runner> {
  const runner = await openRunner(unitOf().training, { device });
  open.push(runner);
  runner.initialise(0);
  return runner;
}

afterEach(async () => {
  for (const runner of open.splice(0)) await runner.close();
});

function scalars(step: number): Readonly<Record<string, number>> {
  return { $seed: 0, $draw: step, $step: step, $steps: 9, $epoch: 0 };
}

describeWebgpu("a session on a GPU", () => {
  beforeAll(async () => void (await gpuSettings()));

  test("gives the result of every run, though further ones have begun", async () => {
    const gpu = await runnerOn("webgpu");
    const js = await runnerOn("js");
    const name = await gpu.program("train", 8);
    const waiting: Promise<TypedArray>[] = [];
    for (let step = 0; step < 9; step++) {
      gpu.session.run(name, { ...inputs, ...scalars(step) });
      waiting.push(gpu.session.output(name, "loss"));
    }
    const found = (await Promise.all(waiting)).map(([loss]) => Number(loss));
    const expected: number[] = [];
    for (let step = 0; step < 9; step++) {
      expected.push(await js.step(inputs, 8, { step, steps: 9 }));
    }
    found.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i] ?? Number.NaN, 5));
    expect(new Set(found).size).toBe(9);
  });

  test("keeps parameters when a larger program makes the memory grow", async () => {
    const gpu = await runnerOn("webgpu");
    await gpu.step(inputs, 8);
    const paths = gpu.tensors.map((tensor) => tensor.path);
    const values = await Promise.all(paths.map((path) => gpu.read(path)));
    await gpu.program("predict", 4096);
    for (const [i, path] of paths.entries()) expect(await gpu.read(path)).toEqual(values[i]);
    // Programs that were there before run over the larger memory.
    const loss = await gpu.step(inputs, 8, { step: 1 });
    expect(await gpu.step(inputs, 8, { step: 2 })).toBeLessThan(loss);
  });

  test("sees kernels in their order, with times", async () => {
    const gpu = await runnerOn("webgpu");
    const name = await gpu.program("train", 8);
    const seen: number[] = [];
    const times: number[] = [];
    const watch = (_: unknown, kernel: number, start: number, end: number): void => {
      seen.push(kernel);
      times.push(end - start);
    };
    await gpu.session.inspect(name, { ...inputs, ...scalars(0) }, { watch });
    expect(seen).toEqual(seen.map((_, i) => i));
    expect(seen.length).toBe(gpu.compiled("train", 8).kernels.length);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Number((await gpu.session.output(name, "loss"))[0])).toBeGreaterThan(0);
  });

  test("says what is missing or does not fit, in the program's terms", async () => {
    const gpu = await runnerOn("webgpu");
    const name = await gpu.program("train", 8);
    expect(() => gpu.session.run(name, scalars(0))).toThrow("the input x is missing");
    expect(() => gpu.session.run(name, { ...inputs, ...scalars(0), y: [1] })).toThrow(
      "y holds 8 elements ([8]), but 1 were given",
    );
    expect(() => gpu.session.write("nobody", [1])).toThrow("no parameter or state called nobody");
    await expect(async () => gpu.session.output(name, "nothing")).rejects.toThrow(
      "has no output nothing",
    );
  });

  /** One step and the prediction after it, with limits set low. */
  async function withLimits(limits: Partial<WebgpuSettings>): Promise<Session> {
    const { training } = unitOf();
    const webgpu: WebgpuSettings = { ...commonSettings, tiles: "small", ...limits };
    const programs = createPrograms(training, { device: "webgpu", wasm: undefined, webgpu });
    const { persistent } = programs;
    const session = await openWebgpu(persistent, { segmentBytes: webgpu.segmentBytes });
    const js = await runnerOn("js");
    for (const { name } of persistent.tensors) session.write(name, await js.read(name));
    const step = programs.compiled("train", 8);
    const evaluation = programs.compiled("evaluate", 8);
    await session.load(step);
    await session.load(evaluation);
    session.run(step.name, { ...inputs, ...scalars(0) });
    session.run(evaluation.name, { ...inputs, ...scalars(0) });
    const [loss] = await session.output(evaluation.name, "loss");
    await js.step(inputs, 8, { steps: 9 });
    expect(Number(loss)).toBeCloseTo(await js.evaluate(inputs, 8), 5);
    return session;
  }

  test("cuts the memory into segments where bindings are small", async () => {
    const session = await withLimits({ segmentBytes: 1024 });
    await session.close();
  });

  test("spreads workgroups over two dimensions where one allows few", async () => {
    const session = await withLimits({ workgroups: 2 });
    await session.close();
  });

  test("tells of a tensor that no binding holds", async () => {
    await expect(withLimits({ segmentBytes: 256 })).rejects.toThrow(
      "a tensor of this program takes 0.0 MiB; the GPU binds 0.0 MiB at once",
    );
  });
});
