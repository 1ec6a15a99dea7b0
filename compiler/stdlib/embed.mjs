/**
 * Embeds the standard library into the compiler: every `stdlib/**.dlm` becomes one entry of
 * `sources.generated.ts`. The built package lies at another depth than the sources and a browser
 * has no files, so the compiler never looks for them on disk.
 *
 * Plain JavaScript, because the build runs it before anything is compiled.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, "..", "..");

/** Where the generated module lies. */
export const generatedFile = path.join(here, "sources.generated.ts");

/** Text of the generated module for the `.dlm` files under `directory`: sorted, LF only. */
export function generate(directory = path.join(root, "stdlib")) {
  const names = existsSync(directory)
    ? readdirSync(directory, { recursive: true, encoding: "utf8" })
        .map((name) => name.split(path.sep).join("/"))
        .filter((name) => name.endsWith(".dlm"))
        .sort() // by UTF-16 code unit: the same on every machine, unlike localeCompare
    : [];
  const entries = names.map((name) => {
    const text = readFileSync(path.join(directory, name), "utf8").replaceAll("\r\n", "\n");
    return `  ${JSON.stringify(name)}: ${templateLiteral(text)},\n`;
  });
  return [
    "// Made from stdlib/**.dlm by `npm run embed`; do not edit.\n\n",
    "/** Source text of the standard library by its path below `stdlib/`. */\n",
    "export const stdlibSources: Readonly<Record<string, string>> = {",
    entries.length > 0 ? `\n${entries.join("")}` : "",
    "};\n",
  ].join("");
}

/** A template literal keeps the lines of the source, so that a diff of the module can be read. */
function templateLiteral(text) {
  return `\`${text.replace(/[\\`]|\$\{/g, (found) => `\\${found}`)}\``;
}

/** Writes the generated module if the library has changed. */
export function embed() {
  const text = generate();
  const old = existsSync(generatedFile) ? readFileSync(generatedFile, "utf8") : undefined;
  if (text !== old) writeFileSync(generatedFile, text);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  embed();
}
