// Frozen parameters: nothing is computed for them, they stay as they are, and states of the model go on.

import { describe, expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { openRunner } from "../../compiler/api/runner.ts";
import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import type { Program } from "../../runtime/artifact.ts";
import { trainText } from "./trained.ts";

const source = `
data pictures = digits(96) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
model Net(image: [batch, c, h, w]) -> (logits: [batch, 10]) {
  let body = conv(8, 3, padding = 1) |> batch_norm |> relu |> max_pool(2) |> conv(16, 3, padding = 1) |> batch_norm |> relu |> global_avg_pool
  let head = dense(10)
  return image |> body |> head
}
train Net on pictures {
  loss = cross_entropy(logits, label)
  batch = 32
  phase head { optimizer = { "head.*" = adam(lr = 0.01), "*" = none }  epochs = 1 }
  phase all { optimizer = adam(lr = 0.01)  epochs = 1 }
}
`;

const flops = ({ kernels }: Program): number =>
  kernels.reduce((sum, kernel) => sum + kernel.flops, 0);

describe("a frozen body", () => {
  test.each(["js", "wasm"] as const)(
    "has no backward pass and a smaller plan on %s",
    async (device) => {
      const host = memoryHost({ "m.dlm": source });
      const runner = await openRunner(load("m.dlm", { host }).training(), { device, threads: 1 });
      const head = runner.compiled("train", 32, 0);
      const all = runner.compiled("train", 32, 1);
      const forward = runner.compiled("evaluate", 32);
      await runner.close();
      expect(flops(head)).toBeLessThan(1.1 * flops(forward));
      expect(flops(all)).toBeGreaterThan(2 * flops(head));
      expect(head.arenaBytes).toBeLessThan(all.arenaBytes);
      expect(head.kernels.length).toBeLessThan(all.kernels.length);
      const backward = (program: Program): string[] => [
        ...new Set(
          program.kernels.flatMap(({ origins }) =>
            origins.filter((o) => o.role === "backward").map((o) => o.blocks[1] ?? ""),
          ),
        ),
      ];
      expect(backward(head).filter((block) => block.startsWith("body"))).toEqual([]);
      expect(backward(all).some((block) => block.startsWith("body"))).toBe(true);
    },
  );

  test("keeps its weights, while running statistics go on", async () => {
    const only = source.replace(/ {2}phase all .*\n/, "");
    const { tensors, events } = await trainText(only, { device: "wasm" });
    const host = memoryHost({ "m.dlm": only });
    const runner = await openRunner(load("m.dlm", { host }).training(), { device: "js" });
    const initial = runner.initialise();
    await runner.close();
    const changed = (path: string): boolean =>
      !(tensors.get(path)?.data ?? []).every((value, i) => value === initial.get(path)?.data[i]);
    expect([...tensors.keys()].filter((path) => changed(path)).sort()).toEqual([
      "body.batch_norm_0.running_mean",
      "body.batch_norm_0.running_var",
      "body.batch_norm_1.running_mean",
      "body.batch_norm_1.running_var",
      "head.bias",
      "head.weight",
      ...["bias", "weight"].flatMap((name) =>
        ["m", "v"].map((state) => `optimizer.head.${name}.adam_direction_0.${state}`),
      ),
    ]);
    expect(events.find((e) => e.event === "phase")).toMatchObject({ phase: "head", trained: 170 });
  });
});

test("a phase begins with new states of its optimizers and counts its steps anew", async () => {
  // Momentum of the first phase would go on in the second; so would Adam's step number.
  const one = (phases: string): string => `
data line = synthetic(64, seed = 3) { field x: [2] = normal([2])  field y: [1] = [x[0] - x[1]] }
model Line(x: [batch, d]) -> (guess: [batch, 1]) = x |> dense(1)
train Line on line { loss = mse(guess, y)  batch = 64  ${phases} }
`;
  const adam = "optimizer = adam(lr = linear(0.1))";
  const split = await trainText(
    one(`phase a { ${adam} epochs = 2 } phase b { ${adam} epochs = 1 }`),
  );
  const rates = split.events.flatMap((e) => (e.event === "step" ? [[e.phase, e.step, e.lr]] : []));
  expect(rates).toEqual([
    ["a", 1, 0.1],
    ["a", 2, 0.05],
    ["b", 3, 0.1],
  ]);
  // The same as a new training from the weights that the first phase ended with.
  const first = await trainText(one(`phase a { ${adam} epochs = 2 }`));
  const then = await trainText(
    one(`start = weights("a.safetensors") phase b { ${adam} epochs = 1 }`),
    {
      files: { "a.safetensors": writeSafetensors(first.tensors) },
    },
  );
  expect(then.tensors.get("dense_0.weight")).toEqual(split.tensors.get("dense_0.weight"));
  expect(then.tensors.get("dense_0.bias")).toEqual(split.tensors.get("dense_0.bias"));
});
