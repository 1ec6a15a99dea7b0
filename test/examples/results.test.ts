// What the examples promise, on their real data: the quickstart's drawings have enough variety, and softmax regression
// learns Fashion-MNIST.

import { cpSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { makeFolder, type Folder } from "../support/command.ts";
import { dataDir, describeShared, repositoryRoot } from "../support/shared.ts";

let folder: Folder;
beforeAll(() => {
  folder = makeFolder();
  cpSync(path.join(repositoryRoot, "examples"), folder.path, { recursive: true });
});
afterAll(() => folder.remove());

const quickstart = readFileSync(path.join(repositoryRoot, "examples", "quickstart.dlm"), "utf8");

interface Scored {
  readonly event: string;
  readonly validation: { readonly accuracy: number };
  readonly test: { readonly accuracy: number };
}

async function train(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<readonly Scored[]> {
  const ran = await folder.run(["train", ...args, "--log", "json"], { environment });
  expect(ran.error).toBe("");
  expect(ran.code).toBe(0);
  return ran.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Scored);
}

const last = (events: readonly Scored[], event: string): Scored | undefined =>
  events.findLast((e) => e.event === event);

describe("quickstart", () => {
  it("passes 95 % on drawings that it has not seen", async () => {
    const events = await train(["quickstart.dlm", "--out", "quickstart"]);
    expect(last(events, "epoch")?.validation.accuracy).toBeGreaterThan(0.95);
  }, 240_000);

  it("is too varied for softmax regression, which stays under 92 %", async () => {
    const model =
      "model Digits(image: [batch, ...]) -> (logits: [batch, 10]) = image |> flatten |> dense(10)\n";
    const source = quickstart
      .replace(/model Digits[^]*?(?=train Digits)/, model)
      .replace(/epochs\s*=.*/, "epochs = 15");
    folder.write("softmax-digits.dlm", source);
    const events = await train(["softmax-digits.dlm", "--out", "softmax-digits"]);
    const accuracy = last(events, "epoch")?.validation.accuracy ?? 0;
    expect(accuracy).toBeGreaterThan(0.8);
    expect(accuracy).toBeLessThan(0.92);
  }, 240_000);
});

describeShared("on real data", () => {
  const environment = { DLM_DATA: dataDir ?? "" };

  it("the quickstart's model, as it is, reads over 55 % of MNIST's test images", async () => {
    const mnist =
      '\ndata mnist = idx("mnist") {\n  field image: [1, 28, 28] = image / 255\n  field label: i32[]\n}\n';
    folder.write("transfer.dlm", quickstart + mnist);
    const args = [
      "eval",
      "transfer.dlm",
      "--run",
      "quickstart",
      "--on",
      "mnist",
      "--split",
      "test",
      "--json",
    ];
    const ran = await folder.run(args, { environment });
    expect(ran.error).toBe("");
    expect((JSON.parse(ran.out) as Scored["test"]).accuracy).toBeGreaterThan(0.55);
  }, 240_000);

  it("softmax regression reaches 83 % on Fashion-MNIST's test images in 10 epochs", async () => {
    const events = await train(["softmax_regression.dlm", "--out", "softmax"], environment);
    expect(last(events, "end")?.test.accuracy).toBeGreaterThanOrEqual(0.83);
  }, 240_000);
});
