// `dlmc compile --emit`: every stage prints something of its own, without the data where sizes are written.

import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { makeFolder, type Folder } from "../support/command.ts";

/** Its data are nowhere: none of the stages may need them. */
const source = `
data d = idx("mnist") { field image: [1, 28, 28] = image / 255  field label: i32[] }
model M(image: [batch, 1, 28, 28]) -> (logits: [batch, 10]) = image |> flatten |> dense(16) |> relu |> dense(10)
train M on d { loss = cross_entropy(logits, label)  optimizer = sgd(lr = 0.1)  batch = 4  epochs = 1 }
`;

/** Two layers; the first phase trains the second of them alone. */
const phases = `
data d = synthetic(16) { field x: [2] = uniform([2])  field y: [1] = x[:1] }
model M(x: [batch, 2]) -> (z: [batch, 1]) {
  let body = dense(3)
  let head = dense(1)
  return x |> body |> tanh |> head
}
train M on d {
  loss = mse(z, y)
  phase head { optimizer = { "head.*" = sgd(lr = 0.1), "*" = none }  batch = 8  epochs = 1 }
  phase all { optimizer = sgd(lr = 0.1)  batch = 4  epochs = 1 }
}`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "m.dlm": source });
});
afterAll(() => folder.remove());

describe("dlmc compile", () => {
  it.each([
    ["tokens", /^2:1 +Data +data$/m],
    ["ast", /name: M\n/],
    ["model", /input field image: f32\[batch, 1, 28, 28\]/],
    ["graph", /input field image: f32\[4, 1, 28, 28\]/],
    ["lowered", /contract\(/],
    ["train", /output update dense_0\.weight/],
    ["optimised", /output update dense_0\.weight/],
    ["kernels", /^0 contract dense_0.*\nfor m0 < \d+, n0 < \d+/],
    ["plan", /arena|bytes/i],
    ["js", /new Float32Array\(memory\)/],
    ["wgsl", /@compute/],
  ])("--emit %s", async (stage, pattern) => {
    const ran = await folder.run(["compile", "m.dlm", "--offline", "--emit", stage]);
    expect(ran.error).toBe("");
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(pattern);
  });

  it("takes a program, a batch size, a last pass and a file", async () => {
    const predict = await folder.run(
      ["compile", "m.dlm", "--emit", "optimised", "--program", "predict", "--batch", "7"].concat([
        "--after",
        "simplify-algebra",
      ]),
    );
    expect(predict.out).toContain("f32[7, 1, 28, 28]");
    expect(predict.out).toContain("output result logits");
    expect(predict.out).not.toContain("update");
    await folder.run(["compile", "m.dlm", "--emit", "graph", "--out", "new folder/g.txt"]);
    expect(readFileSync(path.join(folder.path, "new folder", "g.txt"), "utf8")).toContain("%0");
  });

  it("takes a phase, and says which one it took", async () => {
    folder.write("phases.dlm", phases);
    const emit = ["compile", "phases.dlm", "--emit", "train"];
    const first = await folder.run(emit);
    expect(first.error).toBe("note: this is phase head; --phase takes another one (all)\n");
    expect(await folder.run([...emit, "--phase", "head"])).toEqual({ ...first, error: "" });
    const all = await folder.run([...emit, "--phase", "all"]);
    expect(all.error).toBe("");
    // The first phase trains one layer of two, on batches of 8; the second both, on batches of 4.
    const count = (text: string): number => text.match(/^output update /gm)?.length ?? 0;
    expect([count(first.out), count(all.out)]).toEqual([2, 4]);
    expect(first.out).toContain("f32[8, 2]");
    expect(all.out).toContain("f32[4, 2]");
    const none = await folder.run([...emit, "--phase", "tail"]);
    expect(none.error).toContain("choose one: --phase head or --phase all");
  });

  it("profiles a phase", async () => {
    folder.write("phases.dlm", phases);
    const profile = ["profile", "phases.dlm", "--steps", "1", "--device", "js"];
    const all = await folder.run([...profile, "--phase", "all"]);
    expect(all.error).toBe("");
    expect(all.out).toContain("M, phase all: a step with batch 4");
    const first = await folder.run(profile);
    expect(first.error).toContain("this is phase head");
    expect(first.out).toContain("M, phase head: a step with batch 8");
  });

  it("names what is wrong on the line", async () => {
    const pass = await folder.run(["compile", "m.dlm", "--emit", "optimised", "--after", "nope"]);
    expect(pass.error).toContain("drop-stop-gradients, fold-constants");
    const stage = await folder.run(["compile", "m.dlm", "--emit", "jam"]);
    expect(stage.code).toBe(2);
    expect(stage.error).toContain("kernels");
    const out = await folder.run(["compile", "m.dlm", "--out", "/proc/nothing/here"]);
    expect(out.code).toBe(1);
    expect(out.error).toContain("cannot write");
  });
});
