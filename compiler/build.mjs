/**
 * Builds `dist`: the types of the package file by file (tsc), its code as one bundle in chunks (esbuild).
 *
 * Bundled, because Node takes a quarter of a second to find the hundreds of files behind the parser's library, which is
 * longer than checking a model takes. What only one command needs is a chunk of its own.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { build } from "esbuild";
import { requireBanner } from "./require-banner.mjs";
import { embed } from "./stdlib/embed.mjs";

const root = path.join(import.meta.dirname, "..");
const out = path.join(root, "dist");

/** The files that package.json names, by their place below `dist`. */
const entries = [
  "compiler/cli/main.ts",
  "compiler/api/index.ts",
  "grammar/format/index.ts",
  "runtime/index.ts",
  "runtime/node/index.ts",
  "runtime/node/loader-worker.ts", // the script of a thread, found by its place
];

/** What every standalone module may call. */
const standaloneNames = [
  "defineModel",
  "exampleReader",
  "fetchBytes",
  "fromBase64",
  "trainable",
  "vocabularies",
  "writers",
];

/** A page's code has no part of Node: the ways to it lead to a file that says so. */
const withoutNode = {
  name: "without-node",
  setup({ onResolve }) {
    onResolve({ filter: /\/node\/(engine|gpu)\.ts$/ }, () => ({
      path: path.join(root, "runtime/without-node.ts"),
    }));
  },
};

embed();
rmSync(out, { recursive: true, force: true });
const tsc = path.join(root, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", path.join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: entries,
  outbase: root,
  outdir: out,
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  sourcesContent: false,
  legalComments: "none", // `licenses.txt` has them all
  metafile: true,
  logLevel: "warning",
  banner: { js: requireBanner },
});
await buildRuntimes();
writeFileSync(path.join(out, "licenses.txt"), licenses(Object.keys(metafile.inputs)));

/** The licences of the packages that the bundle holds, as they ask. */
function licenses(inputs) {
  const pattern = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
  const packages = new Set(inputs.flatMap((input) => pattern.exec(input)?.[0] ?? []));
  const texts = [...packages]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(path.join(root, folder, "package.json"), "utf8"),
      );
      const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"].find((candidate) =>
        statSync(path.join(root, folder, candidate), { throwIfNoEntry: false })?.isFile(),
      );
      const text = file === undefined ? "" : readFileSync(path.join(root, folder, file), "utf8");
      return `${name} ${version} (${license})\n\n${text.trim()}\n`;
    });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * The runtime for pages, where nothing asks for Node, and the runtimes that standalone modules carry with them: one for
 * every set of devices.
 */
async function buildRuntimes() {
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    legalComments: "none",
    plugins: [withoutNode],
    logLevel: "warning",
  };
  // File by file: so a bundler leaves out the files that a page does not use.
  execFileSync(process.execPath, [tsc, "-p", path.join(root, "runtime/tsconfig.browser.json")], {
    stdio: "inherit",
  });
  for (const name of ["engine", "gpu"]) {
    const file = path.join(out, "browser/node", `${name}.js`);
    writeFileSync(file, 'export * from "../without-node.js";\n');
  }
  const devices = ["js", "wasm", "webgpu"];
  for (let set = 1; set < 2 ** devices.length; set++) {
    const chosen = devices.filter((_, i) => set & (2 ** i));
    const names = [...standaloneNames, ...chosen.map((device) => `${device}Target`)];
    await build({
      ...common,
      stdin: {
        contents: `export { ${names.join(", ")} } from "./runtime/module/index.ts";`,
        resolveDir: root,
      },
      minify: true,
      outfile: path.join(out, "runtime/standalone", `${chosen.join("-")}.js`),
    });
  }
}
