// The playground as a person uses it, built and served as it is to be served, in a real browser.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";

import type { Browser, Page } from "playwright-core";
import { build, preview, type PreviewServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

import { describeBrowser, launchChromium } from "../support/browser.ts";
import { repositoryRoot } from "../support/shared.ts";

const configFile = path.join(repositoryRoot, "editors/playground/vite.config.ts");

/** Learns within a second. */
const small = `data drawn = digits(600, seed = 0) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
model Tiny(image: [batch, 1, 28, 28]) -> (logits: [batch, 10]) =
  image |> flatten |> dense(32) |> relu |> dense(10)
train Tiny on drawn {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = adam(lr = 3e-3)
  batch     = 50
  epochs    = 15
}
`;

describeBrowser("the playground", () => {
  let out = "";
  let server: PreviewServer;
  let browser: Browser;
  let url = "";

  beforeAll(async () => {
    out = mkdtempSync(path.join(tmpdir(), "playground-"));
    await build({ configFile, logLevel: "error", build: { outDir: out } });
    server = await preview({
      configFile,
      logLevel: "error",
      build: { outDir: out },
      preview: { port: 0 },
    });
    const address = server.httpServer.address();
    url = `http://localhost:${typeof address === "object" && address ? address.port : 0}/`;
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(out, { recursive: true, force: true });
  });

  /** A page of its own; errors in it and requests to other places fail the test. */
  async function inPage(hash: string, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext({
      locale: "en-US",
      viewport: { width: 1200, height: 900 },
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !/^(?:blob|data):/.test(request.url())) {
        troubles.push(`asks for ${request.url()}`);
      }
    });
    try {
      await page.goto(url + hash);
      await page.waitForSelector("#problem-summary[data-kind]");
      await use(page);
      expect(troubles).toEqual([]);
    } finally {
      await context.close();
    }
  }

  async function write(page: Page, text: string): Promise<void> {
    await page.click(".cm-content");
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(text);
  }

  const summary = (page: Page, kind: string): Promise<unknown> =>
    page.waitForSelector(`#problem-summary[data-kind="${kind}"]`);

  async function textOf(page: Page, selector: string): Promise<string> {
    return (await page.textContent(selector)) ?? "";
  }

  test("shows a mistake while it is written, and trains once it is mended", async () => {
    await inPage("", async (page) => {
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await write(page, small.replace("dense(32)", "dens(32)"));
      await summary(page, "error");
      expect(await textOf(page, "#problems")).toContain("dens");
      expect(await page.isDisabled("#run")).toBe(true);
      await page.waitForSelector(".cm-lintRange-error");

      await write(page, small);
      await summary(page, "good");
      const hints = await page.locator(".shape-hint").allTextContents();
      expect(hints).toEqual(["[batch, 784]", "[batch, 32]", "[batch, 32]", "[batch, 10]"]);

      await page.click("#run");
      await page.waitForFunction(() =>
        document.querySelector("#status")?.textContent?.startsWith("Done"),
      );
      const losses = await page.locator("#results tbody td:nth-child(2)").allTextContents();
      expect(losses).toHaveLength(15);
      // The latest stands above.
      expect(Number(losses[0])).toBeLessThan(0.3 * Number(losses[14]));
      expect(await page.isDisabled("#run")).toBe(false);
    });
  });

  test("reads what is drawn", async () => {
    await inPage("", async (page) => {
      await write(page, small);
      await summary(page, "good");
      await page.click("#run");
      await page.waitForFunction(() =>
        document.querySelector("#status")?.textContent?.startsWith("Done"),
      );
      const box = await page.locator("#pad").boundingBox();
      if (!box) throw new Error("the pad is not seen");
      const at = (x: number, y: number): [number, number] => [
        box.x + x * box.width,
        box.y + y * box.height,
      ];
      // A zero.
      await page.mouse.move(...at(0.5, 0.15));
      await page.mouse.down();
      for (let i = 1; i <= 24; i++) {
        const angle = (i / 24) * 2 * Math.PI;
        await page.mouse.move(...at(0.5 - 0.22 * Math.sin(angle), 0.5 - 0.35 * Math.cos(angle)));
      }
      await page.mouse.up();
      await page.waitForSelector('#pad-bars[data-best="0"]');
      const percents = await page.locator("#pad-bars .percent").allTextContents();
      const sum = percents.reduce((all, text) => all + Number.parseInt(text, 10), 0);
      expect(sum).toBeGreaterThan(94);
      expect(sum).toBeLessThan(106);
      // A drawn digit is read without a pointer.
      await page.click("#pad-clear");
      expect(await textOf(page, "#pad-bars .percent")).toBe("");
      await page.focus("#pad-sample");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#pad-bars .best");
    });
  });

  test("stops, and goes on from there", async () => {
    await inPage("", async (page) => {
      await write(page, small.replace("epochs    = 15", "epochs    = 4000"));
      await summary(page, "good");
      await page.click("#run");
      await page.waitForSelector("#results tbody tr:nth-child(3)");
      await page.click("#run");
      await page.waitForSelector("#resume:not([hidden])");
      const stopped = Number((await textOf(page, "#status")).replace(/\D/g, ""));
      expect(stopped).toBeGreaterThan(0);
      await page.click("#resume");
      await page.waitForFunction(
        (step) => Number(document.querySelector<HTMLElement>("#loss-now")?.dataset["step"]) > step,
        stopped,
      );
      // The epochs before the stop are still there.
      const epochs = await page.locator("#results tbody td:first-child").allTextContents();
      expect(epochs.at(-1)).toBe("1");
      expect(new Set(epochs).size).toBe(epochs.length);
      await page.click("#run");
      await page.waitForSelector("#resume:not([hidden])");
    });
  });

  test("shares a model as a link that opens again, and tells of a damaged one", async () => {
    let link = "";
    await inPage("", async (page) => {
      await write(page, small);
      await summary(page, "good");
      await page.click("#share");
      await page.waitForFunction(() => location.hash.startsWith("#m="));
      link = await page.evaluate(() => location.hash);
    });
    expect(link.length).toBeLessThan(small.length);
    await inPage(link, async (page) => {
      const lines = await page.locator(".cm-line").allTextContents();
      expect(lines[0]).toBe(small.split("\n")[0]);
      await page.waitForSelector(".shape-hint");
    });
    await inPage(link.slice(0, link.length / 2), async (page) => {
      expect(await textOf(page, "#toast")).toContain("damaged");
      await summary(page, "good");
    });
  });

  test("refuses to share what no link can hold", async () => {
    await inPage("", async (page) => {
      const noise = Array.from({ length: 12_000 }, (_, i) =>
        ((i * 7919 + i * i * 31) % 1_000_003).toString(36),
      );
      await write(page, `// ${noise.join("")}`);
      await page.click("#share");
      await page.waitForSelector('#toast[data-kind="trouble"]');
      expect(await textOf(page, "#toast")).toContain("too long");
      expect(await page.evaluate(() => location.hash)).toBe("");
    });
  });

  test("offers examples without mistakes, with their models", async () => {
    await inPage("", async (page) => {
      const ids = await page.$$eval("#example option:not([value=own])", (options) =>
        options.map((option) => (option as HTMLOptionElement).value),
      );
      expect(ids.length).toBeGreaterThan(5);
      await page.click("#tab-model");
      for (const id of ids) {
        await page.selectOption("#example", id);
        const text = await page.evaluate(() => document.querySelector(".cm-content")?.textContent);
        const name = /model (\w+)/.exec(text ?? "")?.[1];
        await page.waitForSelector(`#models h2:text-is("${name}")`);
        await summary(page, "good");
      }
    });
  });

  test("draws the model as a graph that leads to its lines", async () => {
    await inPage("", async (page) => {
      await write(
        page,
        small.replace(
          "image |> flatten |> dense(32) |> relu |> dense(10)",
          "image |> flatten |> dense(32) |> residual(dense(32) |> relu) |> dense(10)",
        ),
      );
      await summary(page, "good");
      await page.click("#tab-model");
      await page.waitForSelector('#models h2:text-is("Tiny")');
      await page.waitForSelector(".graph svg");
      const boxes = await page.locator(".graph g.box text:not(.shape)").allTextContents();
      expect(boxes).toEqual(["image", "flatten", "dense", "residual", "dense", "logits"]);
      // A chain: constants that layers share lead nowhere.
      expect(await page.locator(".graph .arrow").count()).toBe(5);
      await page.locator(".graph g.box-layer").last().click();
      expect(
        await page.evaluate(() => document.querySelector(".cm-activeLine")?.textContent),
      ).toContain("residual");
    });
  });

  test("completes names and tells what they mean", async () => {
    await inPage("", async (page) => {
      await write(page, small);
      await summary(page, "good");
      await page.locator(".cm-line", { hasText: "image |> flatten" }).click();
      await page.keyboard.press("End");
      await page.keyboard.type(" |> group_no");
      await page.waitForSelector(".cm-tooltip-autocomplete");
      expect(await textOf(page, ".cm-tooltip-autocomplete li[aria-selected]")).toContain(
        "group_norm",
      );
      // What is chosen too early is not taken.
      await page.waitForTimeout(100);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() =>
        document.querySelector(".cm-content")?.textContent?.includes("|> group_norm"),
      );
      await page
        .locator(".cm-line span", { hasText: /^dense$/ })
        .first()
        .hover();
      await page.waitForSelector(".meaning");
      expect(await textOf(page, ".meaning")).toContain("dense(");
    });
  });

  test("lays the text out as `dlmc fmt` does", async () => {
    await inPage("", async (page) => {
      await write(page, small.replace("flatten |> dense(32)", "flatten|>dense( 32 )"));
      await page.click("#format");
      await page.waitForFunction(() =>
        document.querySelector(".cm-content")?.textContent?.includes("|> dense(32)"),
      );
      // The text as it was is one step back.
      await page.click(".cm-content");
      await page.keyboard.press("Control+Z");
      expect(await textOf(page, ".cm-content")).toContain("dense( 32 )");
    });
  });

  test("shows one part at a time on a phone, none wider than it", async () => {
    await inPage("", async (page) => {
      await page.setViewportSize({ width: 375, height: 740 });
      for (const tab of ["code", "train", "model"]) {
        await page.click(`#tab-${tab}`);
        for (const each of ["code", "train", "model"]) {
          expect(await page.isVisible(`#${each}`)).toBe(each === tab);
        }
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
      }
      await page.keyboard.press("ArrowLeft");
      expect(await page.isVisible("#train")).toBe(true);
    });
  });

  test("is small: the page comes first, the compiler after it", () => {
    const assets = path.join(out, "assets");
    const gzipped = (start: string): number =>
      readdirSync(assets)
        .filter((name) => name.startsWith(start) && name.endsWith(".js"))
        .reduce((sum, name) => sum + gzipSync(readFileSync(path.join(assets, name))).length, 0);
    expect(gzipped("index")).toBeLessThan(170_000);
    expect(gzipped("analysis")).toBeLessThan(260_000);
    expect(gzipped("training")).toBeLessThan(360_000);
  });
});
