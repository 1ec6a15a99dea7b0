// Every example as a module, for every target: it passes the type checker, and in Node and in a worker of a page it gives
// the numbers of the library.

import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { load } from "../../compiler/api/load.ts";
import { openRunner } from "../../compiler/api/runner.ts";
import { moduleData } from "../../compiler/modules/data.ts";
import { moduleContents, moduleFiles, type ModuleContents } from "../../compiler/modules/index.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { createSourceHost } from "../../runtime/node/source-host.ts";
import type { Tensor } from "../../runtime/types.ts";
import { describeBrowser, launchChromium } from "../support/browser.ts";
import type { Folder } from "../support/command.ts";
import { makeExampleFolder } from "../support/example-folder.ts";
import { repositoryRoot } from "../support/shared.ts";
import { withoutNode } from "../support/without-node.ts";

/** Examples by file, with the training or model that is compiled where there are several. Models of tens of millions of
 *  parameters are compiled and checked, but not run. */
const examples: Readonly<
  Record<
    string,
    {
      readonly unit?: string;
      readonly runs?: false;
      /** On the GPU too; a software adapter takes long to make its kernels. */
      readonly gpu?: true;
    }
  >
> = {
  "alexnet.dlm": { runs: false },
  "autoencoder.dlm": { unit: "narrow" },
  "bahdanau.dlm": {},
  "california_housing.dlm": {},
  "cifar.dlm": { unit: "without" },
  "densenet.dlm": {},
  "fine_tuning.dlm": { unit: "digits" },
  "gan.dlm": {},
  "googlenet.dlm": {},
  "gpt.dlm": {},
  "lenet.dlm": { gpu: true },
  "lenet_modern.dlm": {},
  "linear_regression.dlm": {},
  "mlp.dlm": {},
  "mobilenet.dlm": {},
  "nin.dlm": {},
  "penguins.dlm": { gpu: true },
  "polynomial.dlm": { unit: "fitting" },
  "quickstart.dlm": {},
  "resnet.dlm": { unit: "small" },
  "sentiment.dlm": {},
  "softmax_regression.dlm": {},
  "table.dlm": {},
  "time_machine.dlm": { unit: "gru_lm" },
  "transformer_translation.dlm": {},
  "u_net.dlm": { unit: "written" },
  "vae.dlm": {},
  "vgg.dlm": { unit: "VGG11", runs: false },
  "vgg_small.dlm": {},
};

type Values = Readonly<Record<string, readonly number[]>>;

interface Made {
  readonly contents: ModuleContents;
  readonly inputs: Values;
  /** What the library gives for them. */
  readonly expected: Values | undefined;
}

const batch = 3;

/** Numbers that suit pixels, measurements and ids of tokens alike. */
function inputsOf({ inputs }: ModuleContents): Values {
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape, batched }) => {
      const size = shape.reduce((product, n) => product * n, batched ? batch : 1);
      const value = (i: number): number => (dtype === "f32" ? ((i * 37) % 101) / 101 : i % 4);
      return [name, Array.from({ length: size }, (_, i) => value(i))];
    }),
  );
}

async function make(folder: Folder, file: string): Promise<Made> {
  const { unit: chosen, runs = true } = examples[file] ?? {};
  const main = path.join(folder.path, file);
  const dataHost = createDataHost({ folder: folder.path, environment: {}, anywhere: false });
  const host = createSourceHost({ main, workingFolder: folder.path });
  const loaded = load(file, { host, dataHost });
  const training = loaded.unit.trainings.length > 0 ? loaded.training(chosen) : undefined;
  const model = training?.model ?? loaded.model(chosen);
  const data = training
    ? await moduleData(training.data, { dataHost, seed: training.seed })
    : undefined;
  const dims = data?.dims ?? {};
  const drawn = new Map<string, Tensor>();
  const runner = runs ? await openRunner(model, { device: "wasm", threads: 1, dims }) : undefined;
  for (const [name, tensor] of runner?.initialise(7) ?? []) drawn.set(name, tensor);
  const contents = moduleContents(training ?? model, {
    targets: ["js", "wasm", "webgpu"],
    // Three examples by programs of one and two, or by one program: models that draw while they predict draw by batch.
    batches: file === "lenet.dlm" ? [1, 2] : [batch],
    training: false,
    threads: 1,
    relaxed: false,
    ...(data ? { data } : {}),
    ...(runs ? { weights: drawn } : {}),
  });
  const stem = path.basename(file, ".dlm");
  const files = await moduleFiles(contents, {
    file: `${stem}.ts`,
    heading: [`// ${stem}`],
    runtime: path.join(repositoryRoot, "runtime/index.ts"),
    weightsAt: "embedded",
    pathOf: (name) => name,
    textOf: () => undefined,
    format: false,
  });
  for (const [name, text] of files) folder.write(`modules/${name}`, text);
  const inputs = inputsOf(contents);
  const found = await runner?.forward(inputs, batch);
  await runner?.close();
  const expected =
    found && Object.fromEntries(Object.entries(found).map(([name, v]) => [name, Array.from(v)]));
  return { contents, inputs, expected };
}

interface Loadable {
  readonly load: (options: { readonly device: string }) => Promise<{
    forward(inputs: Values): Promise<Readonly<Record<string, ArrayLike<number>>>>;
    dispose(): Promise<void>;
  }>;
}

/** Runs a bundled module; also the text of a page's worker. */
async function runModule(
  { load: open }: Loadable,
  device: string,
  inputs: Values,
): Promise<Values> {
  const model = await open({ device });
  const outputs = await model.forward(inputs);
  await model.dispose();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, values]) => [name, Array.from(values)]),
  );
}

function compare(found: Values, expected: Values): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    expect(found[name]?.length, name).toBe(values.length);
    const scale = Math.max(1, ...values.map(Math.abs));
    const worst = values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (found[name]?.[i] ?? Number.NaN))),
      0,
    );
    expect(values.every(Number.isFinite), name).toBe(true);
    expect(worst / scale, name).toBeLessThan(2e-5);
  }
}

describeBrowser("examples as modules", () => {
  let folder: Folder;
  let server: Server;
  let browser: Browser;
  let page: Page;
  const made = new Map<string, Made>();

  beforeAll(async () => {
    folder = makeExampleFolder();
    server = createServer((request, response) => {
      const isModule = request.url?.endsWith(".mjs") ?? false;
      response.writeHead(200, { "Content-Type": isModule ? "text/javascript" : "text/html" });
      const file = path.join(folder.path, "bundles", path.basename(request.url ?? ""));
      response.end(isModule ? readFileSync(file) : "<!doctype html>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(`http://localhost:${port}/`);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    folder?.remove();
  });

  for (const file of Object.keys(examples)) {
    const stem = path.basename(file, ".dlm");

    test(`${file} compiles for every target, and runs in Node and in a worker`, async () => {
      const { expected, inputs, contents } = await make(folder, file);
      made.set(file, { expected, inputs, contents });
      if (!expected) return;
      for (const platform of ["node", "browser"] as const) {
        const { metafile } = await build({
          entryPoints: [path.join(folder.path, `modules/${stem}.ts`)],
          outfile: path.join(folder.path, "bundles", `${stem}.${platform}.mjs`),
          bundle: true,
          platform,
          format: "esm",
          metafile: true,
          logLevel: "error",
          external: ["webgpu"],
          plugins: platform === "browser" ? [withoutNode] : [],
        });
        const parts = Object.keys(metafile.inputs);
        expect(parts.filter((part) => /(^|\/)(compiler|grammar)\//.test(part))).toEqual([]);
        if (platform === "browser")
          expect(parts.filter((part) => /\/node\//.test(part))).toEqual([]);
      }
      const url = pathToFileURL(path.join(folder.path, "bundles", `${stem}.node.mjs`)).href;
      const module = (await import(/* @vite-ignore */ url)) as Loadable;
      for (const device of ["js", "wasm", ...(examples[file]?.gpu ? ["webgpu"] : [])]) {
        if (device !== "webgpu") compare(await runModule(module, device, inputs), expected);
        const inPage = await page.evaluate(runInWorker, {
          url: `/${stem}.browser.mjs`,
          device,
          inputs,
          run: runModule.toString(),
        });
        compare(inPage, expected);
      }
    });
  }

  test("pass the type checker, also where it is strict", () => {
    const options = {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noImplicitReturns: true,
      module: "nodenext",
      target: "es2022",
      noEmit: true,
      lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
      types: ["node", "@webgpu/types"],
      typeRoots: [
        path.join(repositoryRoot, "node_modules/@types"),
        path.join(repositoryRoot, "node_modules"),
      ],
      allowImportingTsExtensions: true,
      skipLibCheck: true,
    };
    const config = folder.write(
      "modules/tsconfig.json",
      JSON.stringify({ compilerOptions: options, include: ["*.ts"] }),
    );
    const tsc = path.join(repositoryRoot, "node_modules/typescript/bin/tsc");
    const check = (): string =>
      execFileSync(process.execPath, [tsc, "-p", config], { encoding: "utf8" });
    expect(made.size).toBe(Object.keys(examples).length);
    expect(check()).toBe("");
  });
});

/** In the page: a module worker that runs one module. */
async function runInWorker({
  url,
  device,
  inputs,
  run,
}: {
  readonly url: string;
  readonly device: string;
  readonly inputs: Values;
  readonly run: string;
}): Promise<Values> {
  const script = `
    import * as module from "${location.origin}${url}";
    const run = ${run};
    onmessage = async ({ data }) => {
      try { postMessage({ found: await run(module, data.device, data.inputs) }); }
      catch (error) { postMessage({ error: String(error) }); }
    };
    postMessage("ready");`;
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(address, { type: "module" });
  try {
    return await new Promise<Values>((resolve, reject) => {
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
      worker.addEventListener("message", ({ data }) => {
        if (data === "ready") worker.postMessage({ device, inputs });
        else if (data.found) resolve(data.found as Values);
        else reject(new Error(String(data.error)));
      });
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(address);
  }
}
