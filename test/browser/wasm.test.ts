// The wasm device in a browser: on several threads where the page is isolated, on one elsewhere.

import { createServer, type Server } from "node:http";

import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { add, get, i32, load, store, times } from "../../compiler/backends/wasm/ir.ts";
import type { Program } from "../../runtime/artifact.ts";
import { origin } from "../../runtime/devices/wasm/layout.ts";
import { inOrder, programOf, words } from "../backends/wasm/team.ts";
import { describeBrowser, launchChromium } from "../support/browser.ts";
import { repositoryRoot } from "../support/shared.ts";

const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const script = `
import { currentEngine, wasmSettings } from "./runtime/devices/wasm/engine.ts";
import { openWasmSession } from "./runtime/devices/wasm/device.ts";
globalThis.dlmTest = async (json, threads, runs) => {
  const notices = [];
  const engine = await currentEngine();
  const settings = wasmSettings(engine, threads, (text) => notices.push(text));
  const session = await openWasmSession(engine, { tensors: [], bytes: 0 }, { threads: settings.threads });
  const program = JSON.parse(json)[settings.shared ? "shared" : "alone"];
  program.code.module = Uint8Array.from(program.code.module);
  await session.load(program);
  for (let i = 0; i < runs; i++) session.run("test", {});
  const counts = [...(await session.output("test", "counts"))];
  await session.close();
  return { counts, settings, notices, maySleep: engine.maySleep };
};
`;

/** Every thread counts its runs; thread 0 then sums the counts. */
function counting(threads: number): Program {
  const at = (index: number) => i32(origin + 64 * index);
  return programOf({
    threads,
    arenaBytes: 1024,
    outputs: [words("counts", 0, 64)],
    steps: inOrder(2),
    kernels: [
      {
        parallel: true,
        body: ({ thread }) => {
          const own = add(times(get(thread), 64), i32(origin));
          return [store("i32.store", own, add(load("i32.load", own), i32(1)))];
        },
      },
      {
        parallel: false,
        body: () => [
          store("i32.store", at(3), add(load("i32.load", at(0)), load("i32.load", at(1)))),
        ],
      },
    ],
  });
}

function programJson(): string {
  const plain = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? [...value] : value;
  return JSON.stringify({ shared: counting(2), alone: counting(1) }, plain);
}

interface Found {
  readonly counts: readonly number[];
  readonly settings: object;
  readonly notices: readonly string[];
  readonly maySleep: boolean;
}

describeBrowser("the wasm device in a browser", () => {
  let server: Server;
  let browser: Browser;
  let bundle = "";

  beforeAll(async () => {
    const built = await build({
      stdin: { contents: script, resolveDir: repositoryRoot },
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      // What only Node loads is not part of a page.
      external: ["*/node/engine.ts"],
    });
    bundle = built.outputFiles[0]?.text ?? "";
    server = createServer((request, response) => {
      const isScript = request.url === "/test.js";
      response.writeHead(200, {
        "Content-Type": isScript ? "text/javascript" : "text/html",
        ...(request.url === "/plain" ? {} : isolation),
      });
      response.end(
        isScript ? bundle : `<!doctype html><script type="module" src="/test.js"></script>`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function runIn(page: string): Promise<Found> {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const opened = await browser.newPage();
    try {
      await opened.goto(`http://localhost:${port}${page}`);
      await opened.waitForFunction("globalThis.dlmTest");
      return await opened.evaluate(
        (json) =>
          (
            globalThis as unknown as {
              dlmTest: (json: string, threads: number, runs: number) => Promise<Found>;
            }
          ).dlmTest(json, 2, 200),
        programJson(),
      );
    } finally {
      await opened.close();
    }
  }

  test("runs two threads, the main one without sleeping, where the page is isolated", async () => {
    const { counts, settings, notices, maySleep } = await runIn("/");
    expect(settings).toMatchObject({ threads: 2, shared: true });
    expect([counts[0], counts[16], counts[48]]).toEqual([200, 200, 400]);
    expect(notices).toEqual([]);
    expect(maySleep).toBe(false);
  });

  test("runs one thread elsewhere, and says so", async () => {
    const { counts, settings, notices } = await runIn("/plain");
    expect(settings).toMatchObject({ threads: 1, shared: false });
    expect([counts[0], counts[16], counts[48]]).toEqual([200, 0, 200]);
    expect(notices).toHaveLength(1);
  });
});
