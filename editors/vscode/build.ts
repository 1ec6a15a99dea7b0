// Lays the extension out as Visual Studio Code loads it, in `dist`: code in one file each, the grammar made from the table
// of tokens. `npm run package` here makes a .vsix of it.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";

import { requireBanner } from "../../compiler/require-banner.mjs";
import { textMateFile } from "../../grammar/highlight/textmate.ts";

const here = import.meta.dirname;
const root = path.join(here, "..", "..");
const copied = ["README.md", "language-configuration.json", "snippets.json"];

/** Writes the extension's folder and gives its path. */
export async function layOut(out = path.join(here, "dist")): Promise<string> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(path.join(out, "syntaxes"), { recursive: true });
  writeFileSync(path.join(out, "syntaxes/dlm.tmLanguage.json"), textMateFile());
  for (const name of copied) cpSync(path.join(here, name), path.join(out, name));
  cpSync(path.join(root, "LICENSE"), path.join(out, "LICENSE"));
  writeFileSync(path.join(out, "package.json"), manifest());
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    minify: true,
    legalComments: "linked",
    logLevel: "warning",
  } as const;
  await build({
    ...common,
    entryPoints: [path.join(here, "src/extension.ts")],
    outfile: path.join(out, "out/extension.cjs"),
    format: "cjs",
    external: ["vscode"], // the editor's own
  });
  await build({
    ...common,
    entryPoints: [path.join(here, "src/server.ts")],
    outfile: path.join(out, "out/server.mjs"),
    format: "esm",
    external: ["webgpu"],
    banner: { js: requireBanner },
  });
  return out;
}

/** What only the building of the extension needs is not part of it. */
function manifest(): string {
  const { scripts, devDependencies, ...kept }: Record<string, unknown> = JSON.parse(
    readFileSync(path.join(here, "package.json"), "utf8"),
  );
  void scripts;
  void devDependencies;
  return `${JSON.stringify(kept, undefined, 2)}\n`;
}

const [, script] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) await layOut();
