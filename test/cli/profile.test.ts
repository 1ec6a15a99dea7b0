// `dlmc profile`: whose time it is, never how long it took.

import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Profile } from "../../compiler/api/profile.ts";
import { makeFolder, type Folder } from "../support/command.ts";

const source = `
data d = digits(40) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
model M(image: [batch, 1, 28, 28]) -> (logits: [batch, 10]) =
  image |> flatten
    |> dense(16) |> sigmoid
    |> dense(10)
train M on d {
  loss      = cross_entropy(logits, label)
  optimizer = adam(lr = 0.01)
  batch     = 8
  epochs    = 1
}
train large = M on d { loss = cross_entropy(logits, label) optimizer = sgd(lr = 0.1) batch = 40 epochs = 1 }
`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "m.dlm": source });
});
afterAll(() => folder.remove());

async function profileOf(...args: string[]): Promise<Profile> {
  const device = args.includes("--device") ? [] : ["--device", "js"];
  const ran = await folder.run(
    ["profile", "m.dlm", "--steps", "2", "--json", ...device].concat(args),
  );
  expect(ran.error).toBe("");
  return JSON.parse(ran.out) as Profile;
}

describe("dlmc profile", () => {
  it("gives each kernel's work to the source line it comes from, role by role", async () => {
    const found = await profileOf("--training", "M");
    expect(found).toMatchObject({ training: "M", device: "js", batch: 8, steps: 2 });
    const at = (role: string, line: number) =>
      found.lines.find((each) => each.role === role && each.place === `m.dlm:${line}`);
    // A product, with bias and activation in its epilogue.
    expect(at("forward", 8)?.flops).toBeGreaterThanOrEqual(2 * 8 * 784 * 16);
    expect(at("forward", 8)?.flops).toBeLessThan(2.1 * 8 * 784 * 16);
    expect(at("forward", 9)?.flops).toBeGreaterThanOrEqual(2 * 8 * 16 * 10);
    // Its backward pass: the weight's gradient alone, since the image wants none.
    expect(at("backward", 8)?.flops).toBeGreaterThanOrEqual(2 * 8 * 784 * 16);
    expect(at("forward", 11)).toBeDefined();
    expect(found.lines.map((line) => line.role)).toEqual(
      found.lines.map((line) => line.role).toSorted(inOrder),
    );
  });

  it("leaves no kernel out and counts none twice", async () => {
    const found = await profileOf("--training", "M");
    const sum = (list: readonly number[]): number => list.reduce((total, each) => total + each, 0);
    for (const key of ["flops", "bytes"] as const) {
      const lines = sum(found.lines.map((line) => line[key]));
      expect(lines).toBe(sum(found.kernels.map((kernel) => kernel[key])));
    }
    expect(sum(found.lines.map((line) => line.kernels))).toBe(found.kernels.length);
    expect(found.kernels.every((kernel) => kernel.runs === 1 && kernel.ms >= 0)).toBe(true);
    // The optimizer is fused into kernels of the backward pass, which say so.
    const fused = found.kernels.filter((k) =>
      k.others.some((other) => other === "m.dlm:12 update"),
    );
    expect(fused.length + found.kernels.filter((k) => k.role === "update").length).toBeGreaterThan(
      0,
    );
  });

  it("prints a part for each role, with the lines as they are written", async () => {
    const ran = await folder.run(
      ["profile", "m.dlm", "--training", "M"].concat(["--steps", "1", "--device", "js"]),
    );
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/^M: a step with batch 8 on js takes .* ms, its kernels one by one/);
    expect(ran.out).toMatch(
      /^limit of one core: .* GFLOP\/s \(128-bit .*\), .* GB\/s from memory$/m,
    );
    expect(ran.out).toMatch(/ms +share +FLOPs +GFLOP\/s +bytes +GB\/s +of limit/);
    expect(ran.out).toMatch(/^forward .*\n {2}8 .* %  \|> dense\(16\) \|> sigmoid/m);
    expect(ran.out).toMatch(/^backward .*\n/m);
    expect(ran.out).toMatch(/^all .* 100 % /m);
  });

  it("lists kernels when asked", async () => {
    const ran = await folder.run(
      ["profile", "m.dlm", "--training", "M"].concat([
        "--steps",
        "1",
        "--kernels",
        "--device",
        "js",
      ]),
    );
    expect(ran.out).toMatch(/^ +\d+ .* forward +contract dense_0_dense_contract_sigmoid$/m);
    expect(ran.out).toMatch(/\(and \d+ others?\)$/m);
  });

  it("writes a trace that Chrome reads: steps and kernels, one inside the other", async () => {
    const found = await profileOf("--training", "large", "--trace", "out/t.json");
    const text = readFileSync(path.join(folder.path, "out", "t.json"), "utf8");
    const { traceEvents } = JSON.parse(text) as { traceEvents: readonly TraceEvent[] };
    const complete = traceEvents.filter((event) => event.ph === "X");
    const steps = complete.filter((event) => event.cat === "step");
    const kernels = complete.filter((event) => event.cat !== "step");
    expect(steps.map((event) => event.name)).toEqual(["step 1", "step 2"]);
    expect(kernels).toHaveLength(2 * found.kernels.length);
    expect(kernels[0]).toMatchObject({ cat: "forward", args: { place: "m.dlm:8:8" } });
    const isInside = (event: TraceEvent): boolean =>
      steps.some((s) => s.ts <= event.ts && event.ts + event.dur <= s.ts + s.dur + 1);
    expect(kernels.every(isInside)).toBe(true);
  });

  it("runs on the reference, which has a single kernel", async () => {
    const found = await profileOf("--training", "M", "--device", "reference");
    expect(found.kernels).toHaveLength(1);
    expect(found.lines).toHaveLength(1);
  });

  it("keeps no run folder, and says what is wrong on the line", async () => {
    const several = await folder.run(["profile", "m.dlm"]);
    expect(several.error).toContain("--training M or --training large");
    const steps = await folder.run(["profile", "m.dlm", "--training", "M", "--steps", "0"]);
    expect(steps.error).toContain("--steps must be a whole number from 1 on, not `0`");
    const device = await folder.run(["profile", "m.dlm", "--training", "M", "--device", "abacus"]);
    expect(device.error).toContain("there is no device called abacus");
    expect(() => readFileSync(path.join(folder.path, "runs"))).toThrow(/ENOENT/);
  });
});

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
}

function inOrder(a: string, b: string): number {
  const roles = ["forward", "backward", "update"];
  return roles.indexOf(a) - roles.indexOf(b);
}
