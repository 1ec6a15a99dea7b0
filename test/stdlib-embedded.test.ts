import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
// @ts-expect-error: plain JavaScript, which the build runs before anything is compiled
import { generate, generatedFile } from "../compiler/stdlib/embed.mjs";

test("the embedded standard library is up to date (else: npm run embed)", () => {
  expect(readFileSync(generatedFile as string, "utf8")).toBe((generate as () => string)());
});
