import { createServer } from "node:http";
import { expect, test } from "vitest";
import { describeBrowser, launchChromium } from "../support/browser.ts";

describeBrowser("the browser of the tests", () => {
  test("starts, and has a WebGPU adapter", async () => {
    // WebGPU is only there in a secure context, which localhost is.
    const server = createServer((_, response) => response.end("<!doctype html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`http://localhost:${port}/`);
      expect(await page.evaluate(async () => (await navigator.gpu.requestAdapter()) !== null)).toBe(
        true,
      );
    } finally {
      await browser.close();
      server.close();
    }
  });
});
