// The device webgpu in a page: a LeNet and a GRU train a few steps in a worker to the reference's losses, while the page
// stays responsive; nothing is left when they are closed.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import path from "node:path";

import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { load, openRunner } from "../../compiler/api/index.ts";
import { createPrograms, placeFor } from "../../compiler/api/programs.ts";
import type { TrainingUnit } from "../../compiler/elaborate/unit.ts";
import type { Persistent, Program } from "../../runtime/artifact.ts";
import { describeBrowser, launchChromium } from "../support/browser.ts";
import { repositoryRoot } from "../support/shared.ts";

const worker = `
import { openWebgpu } from "./runtime/devices/webgpu/device.ts";
const live = new Set();
let devices = 0;
const create = GPUDevice.prototype.createBuffer;
GPUDevice.prototype.createBuffer = function (descriptor) {
  const buffer = create.call(this, descriptor);
  const destroy = buffer.destroy.bind(buffer);
  live.add(buffer);
  buffer.destroy = () => { live.delete(buffer); destroy(); };
  return buffer;
};
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await request.call(this, descriptor);
  devices++;
  void device.lost.then(() => devices--);
  return device;
};
onmessage = async ({ data: { persistent, program, start, inputs, steps } }) => {
  try {
    const session = await openWebgpu(persistent, { segmentBytes: program.code.segmentBytes });
    for (const [path, values] of start) session.write(path, values);
    await session.load(program);
    const losses = [];
    for (let step = 0; step < steps; step++) {
      session.run(program.name, { ...inputs, $seed: 0, $draw: step, $step: step, $steps: steps, $epoch: 0 });
      losses.push(session.output(program.name, "loss").then(([loss]) => loss));
    }
    const found = await Promise.all(losses);
    const held = live.size;
    await session.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    postMessage({ losses: found, held, left: live.size, devices });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
`;

const page = `
globalThis.dlmTest = (request) => new Promise((resolve, reject) => {
  const worker = new Worker("/worker.js", { type: "module" });
  // How long the page did not get its turn.
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  worker.onmessage = ({ data }) => {
    clearInterval(timer);
    worker.terminate();
    if (data.error) reject(new Error(data.error));
    else resolve({ ...data, longest });
  };
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(request);
});
`;

interface Request {
  readonly persistent: Persistent;
  readonly program: Program;
  readonly start: readonly (readonly [string, readonly number[]])[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly steps: number;
}

interface Found {
  readonly losses: readonly number[];
  readonly held: number;
  readonly left: number;
  readonly devices: number;
  readonly longest: number;
}

const steps = 5;
const batch = 4;

function trainingOf(name: string): TrainingUnit {
  const file = path.join(repositoryRoot, "test", "oracle", "models", `${name}.dlm`);
  const text = readFileSync(file, "utf8");
  const host = { readText: () => text, resolve: () => undefined };
  return load(file, { host }).training();
}

/** The program for the page, and the losses of the reference. */
async function prepare(
  name: string,
  inputs: Request["inputs"],
): Promise<{ readonly request: Request; readonly expected: readonly number[] }> {
  const unit = trainingOf(name);
  const place = await placeFor("webgpu", 1);
  // Every browser of the tests computes on the CPU.
  const small = { ...place, webgpu: place.webgpu && { ...place.webgpu, tiles: "small" as const } };
  const programs = createPrograms(unit, small, {});
  const program = programs.compiled("train", batch);
  const reference = await openRunner(unit, { device: "reference" });
  const start = [...reference.initialise(0)].map(
    ([tensor, { data }]) => [tensor, [...data]] as const,
  );
  const expected: number[] = [];
  for (let step = 0; step < steps; step++) {
    expected.push(await reference.step(inputs, batch, { step, steps }));
  }
  await reference.close();
  return { request: { persistent: programs.persistent, program, start, inputs, steps }, expected };
}

describeBrowser("the webgpu device in a browser", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    const bundle = await build({
      stdin: { contents: worker, resolveDir: repositoryRoot },
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      // What only Node loads is not part of a page.
      external: ["*/node/gpu.ts"],
    });
    const script = bundle.outputFiles[0]?.text ?? "";
    server = createServer((request, response) => {
      const isScript = request.url === "/worker.js";
      response.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html" });
      response.end(isScript ? script : `<!doctype html><script>${page}</script>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function runInPage(request: Request): Promise<Found> {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const opened = await browser.newPage();
    try {
      await opened.goto(`http://localhost:${port}/`);
      return await opened.evaluate(
        (json) =>
          (globalThis as unknown as { dlmTest: (of: unknown) => Promise<Found> }).dlmTest(
            JSON.parse(json),
          ),
        JSON.stringify(request),
      );
    } finally {
      await opened.close();
    }
  }

  async function check(name: string, inputs: Request["inputs"]): Promise<void> {
    const { request, expected } = await prepare(name, inputs);
    const { losses, held, left, devices, longest } = await runInPage(request);
    expect(losses).toHaveLength(steps);
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i] ?? Number.NaN, 4));
    expect(losses[4]).not.toBe(losses[0]);
    expect(held).toBeGreaterThan(0);
    expect([left, devices]).toEqual([0, 0]);
    expect(longest).toBeLessThan(500);
  }

  test("a LeNet", async () => {
    const x = Array.from({ length: batch * 28 * 28 }, (_, i) => ((i * 7919) % 256) / 255);
    await check("lenet", { x, y: [3, 1, 4, 1] });
  });

  test("a GRU", async () => {
    const words = (add: number): number[] =>
      Array.from({ length: batch * 10 }, (_, i) => (i * 11 + add) % 30);
    await check("gru_lm", { x: words(0), y: words(11) });
  });
});
