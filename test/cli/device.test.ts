// Flags that say where programs run, and what becomes of them.

import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";

import { lineSource, makeFolder, readEvents, readWeights } from "../support/command.ts";

const folder = makeFolder({ "line.dlm": lineSource });

afterAll(() => folder.remove());

function manifestOf(run: string): Record<string, unknown> {
  const text = readFileSync(path.join(folder.path, run, "manifest.json"), "utf8");
  return JSON.parse(text) as Record<string, unknown>;
}

describe("where a training ran", () => {
  test.each([
    ["js", [], { device: "js", threads: 1, fused: false }],
    ["wasm", ["--threads", "1"], { device: "wasm", threads: 1, fused: true }],
    ["wasm", ["--threads", "2"], { device: "wasm", threads: 2, fused: true }],
    ["auto", ["--threads", "3"], { device: "wasm", threads: 3, fused: true }],
  ])("--device %s %j", async (device, flags, expected) => {
    const run = `run-${device}-${flags.at(-1) ?? ""}`;
    const args = ["train", "line.dlm", "--device", device, ...flags, "--out", run, "--log", "json"];
    const { code, out, error } = await folder.run(args);
    expect([code, error]).toEqual([0, ""]);
    expect(manifestOf(run)).toMatchObject(expected);
    const [start] = readEvents(out);
    expect(start).toMatchObject({ device: expected.device, threads: expected.threads });
    expect(start?.["compile_seconds"]).toBeGreaterThan(0);
  });

  test("does not matter as far as threads go", () => {
    const one = readWeights(path.join(folder.path, "run-wasm-1"));
    expect(readWeights(path.join(folder.path, "run-wasm-2"))).toEqual(one);
    expect(readWeights(path.join(folder.path, "run-auto-3"))).toEqual(one);
  });

  test("can be another place when the model is used", async () => {
    const scores: string[] = [];
    for (const flags of [
      ["--device", "js"],
      ["--device", "wasm", "--threads", "2"],
    ]) {
      const found = await folder.run(["eval", "line.dlm", "--run", "run-wasm-1", ...flags]);
      expect([found.code, found.error]).toEqual([0, ""]);
      scores.push(found.out);
    }
    expect(scores[1]).toBe(scores[0]);
    const using = ["predict", "line.dlm", "--run", "run-wasm-1"];
    const predicted = await folder.run([...using, "--threads", "2", "--limit", "2"]);
    expect(predicted.code).toBe(0);
    expect(predicted.out.trim().split("\n")).toHaveLength(2);
  });
});

describe("flags that do not fit", () => {
  test.each([
    [["--threads", "0"], "--threads must be a whole number from 1 on, not `0`"],
    [["--threads", "two"], "--threads must be a whole number from 1 on, not `two`"],
    [["--threads", "65"], "65 threads are more than the 64 that are possible"],
    [["--device", "js", "--threads", "2"], "the device js has no threads to choose"],
    [["--device", "gpu"], "there is no device called gpu"],
  ])("%j", async (flags, message) => {
    const { code, error } = await folder.run(["train", "line.dlm", ...flags]);
    expect(code).toBe(1);
    expect(error).toContain(message);
  });

  test("the help names the devices", async () => {
    const { out } = await folder.run(["train", "--help"]);
    expect(out).toContain("auto, js, reference, wasm or webgpu");
    expect(out).toContain("--threads <n>");
  });
});

describe("an engine that takes no module", () => {
  const { Module } = WebAssembly;

  beforeEach(() => {
    const refuse = function refuse(): never {
      throw new WebAssembly.CompileError("too many functions");
    };
    Object.assign(WebAssembly, { Module: refuse });
  });

  afterEach(() => void Object.assign(WebAssembly, { Module }));

  test("is left for js where the choice is ours", async () => {
    const { code, error } = await folder.run(["train", "line.dlm", "--out", "refused"]);
    expect(code).toBe(0);
    expect(error).toMatch(/^note: the device is js: this engine does not take the program's/);
    expect(manifestOf("refused")).toMatchObject({ device: "js", threads: 1, fused: false });
  });

  test("is told where it is not", async () => {
    const { code, error } = await folder.run(["train", "line.dlm", "--device", "wasm"]);
    expect(code).toBe(1);
    expect(error).toContain("too many functions");
    expect(error).toContain("take the slower device js (--device js)");
  });
});

describe("an engine without vectors", () => {
  const { validate } = WebAssembly;

  beforeEach(() => void Object.assign(WebAssembly, { validate: () => false }));
  afterEach(() => void Object.assign(WebAssembly, { validate }));

  test("runs JavaScript, and says so", async () => {
    const { code, error } = await folder.run(["train", "line.dlm", "--out", "no-vectors"]);
    expect([code, error]).toEqual([
      0,
      "note: the device is js: this engine runs no WebAssembly with vectors (SIMD)\n",
    ]);
    expect(manifestOf("no-vectors")).toMatchObject({ device: "js" });
  });

  test("cannot be asked for WebAssembly", async () => {
    const { code, error } = await folder.run(["train", "line.dlm", "--device", "wasm"]);
    expect(code).toBe(1);
    expect(error).toContain("this engine runs no WebAssembly with vectors (SIMD)");
  });
});

test("the listing of WebAssembly", async () => {
  const { code, out } = await folder.run(["compile", "line.dlm", "--emit", "wat"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^\(module\n {2}\(import "env" "memory"/);
  expect(out).toContain('(export "run")');
  expect(out).toContain("line.dlm:");
});

describe("dlmc devices", () => {
  test("lists what there is, and which one `auto` takes", async () => {
    const { code, out, error } = await folder.run(["devices"]);
    expect([code, error]).toEqual([0, ""]);
    expect(out.match(/^\w+/gm)).toEqual(["webgpu", "wasm", "js", "reference"]);
    expect(out.match(/← auto/g)).toHaveLength(1);
    expect(out).toMatch(/^wasm +\d+ of \d+ threads by default/m);
  });

  test("as JSON", async () => {
    const { out } = await folder.run(["devices", "--json"]);
    const devices = JSON.parse(out) as { name: string; usable: boolean; auto: boolean }[];
    expect(devices.filter(({ auto }) => auto)).toHaveLength(1);
    expect(devices.find(({ auto }) => auto)?.usable).toBe(true);
  });
});
