// Builds the playground: static files that ask nothing of any network.

import path from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

import { highlightRules } from "../../grammar/highlight/rules.ts";
import { contextualWords, reservedWords } from "../../grammar/tokens.ts";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, "..", "..");

/** What lets workers share memory. A server that cannot send these still serves the page: one thread trains then. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** A page's code has no part of Node: the ways to it lead to files that say so. */
const withoutNode = {
  name: "without-node",
  enforce: "pre" as const,
  resolveId(source: string) {
    if (/\/node\/(engine|gpu)\.ts$/.test(source)) return path.join(root, "runtime/without-node.ts");
    if (source === "node:crypto") return path.join(here, "workers/hash.ts");
    return undefined;
  },
};

export default defineConfig({
  root: here,
  // Relative, so that the folder may lie anywhere on a server.
  base: "./",
  plugins: [withoutNode],
  worker: { format: "es", plugins: () => [withoutNode] },
  define: {
    dlmReservedWords: JSON.stringify(reservedWords),
    dlmContextualWords: JSON.stringify(contextualWords),
    dlmHighlightRules: JSON.stringify(highlightRules),
  },
  build: {
    outDir: path.join(here, "dist"),
    emptyOutDir: true,
    target: "es2022",
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1200,
  },
  server: { headers: isolation },
  preview: { headers: isolation },
});
