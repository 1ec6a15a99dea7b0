// Modules that other programs import: a model with its programs, its preparation of examples and its weights, as
// TypeScript or JavaScript. docs/modules.md tells it with examples.

import { deflateRawSync } from "node:zlib";

import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import type { ModuleContents, ModuleTarget } from "./contents.ts";
import { printDeclarations, printModule, type Form, type ModuleText } from "./print.ts";
import { sourceMap } from "./source-map.ts";
import { standaloneRuntime } from "./standalone.ts";

export {
  moduleContents,
  type ContentOptions,
  type ModuleContents,
  type ModuleTarget,
} from "./contents.ts";

export interface ModuleFileOptions {
  /** The module's file name, which ends in `.ts`, `.mts`, `.js` or `.mjs`. */
  readonly file: string;
  readonly heading: readonly string[];
  /** Where the runtime is imported from: `dlm/runtime` where absent, or `standalone`, a file beside the module. */
  readonly runtime?: string;
  /** Where weights are kept. */
  readonly weightsAt: "embedded" | "beside" | { readonly address: string };
  /** A source file's path as seen from the module. */
  readonly pathOf: (path: string) => string;
  /** Text of a source file by that path, for the source map. */
  readonly textOf: (path: string) => string | undefined;
  /** Whether text is formatted (with prettier's default settings). */
  readonly format: boolean;
}

/** The files of a module by name: the module itself, its source map, types and weights where these are apart. */
export async function moduleFiles(
  contents: ModuleContents,
  options: ModuleFileOptions,
): Promise<Map<string, string | Uint8Array>> {
  const { file } = options;
  const language = /\.m?ts$/.test(file) ? "ts" : "js";
  const stem = file.replace(/\.m?[tj]s$/, "");
  const files = new Map<string, string | Uint8Array>();
  const isAlone = options.runtime === "standalone";
  if (isAlone) {
    const { code, types } = standaloneRuntime(
      contents.targets.map(({ place }) => place.device as ModuleTarget),
    );
    files.set(`${stem}.runtime.js`, code);
    files.set(`${stem}.runtime.d.ts`, await format(types, "ts", options.format));
  }
  const form: Form = {
    language,
    runtime: isAlone ? `./${stem}.runtime.js` : (options.runtime ?? "dlm/runtime"),
    heading: options.heading,
    pathOf: options.pathOf,
    weights: placeWeights(contents, options, `${stem}.safetensors`, files),
    compressed: (bytes) => base64(deflateRawSync(bytes, { level: 9 })),
  };
  const printed = printModule(contents, form);
  const text = fill(await format(printed.text, language, options.format), printed);
  const map = `${file}.map`;
  files.set(map, `${sourceMap(file, text, options.textOf)}\n`);
  files.set(file, `${text}//# sourceMappingURL=${map}\n`);
  if (language === "js") {
    const declarations = file.replace(/js$/, "d.ts").replace(/\.md\.ts$/, ".d.mts");
    files.set(declarations, await format(printDeclarations(contents, form), "ts", options.format));
  }
  return files;
}

function placeWeights(
  { weights }: ModuleContents,
  { weightsAt: wanted }: ModuleFileOptions,
  beside: string,
  files: Map<string, string | Uint8Array>,
): Form["weights"] {
  if (!weights) return { kind: "none" };
  const bytes = writeSafetensors(weights);
  if (wanted === "embedded") return { kind: "embedded", text: base64(bytes) };
  files.set(beside, bytes);
  return wanted === "beside"
    ? { kind: "address", address: `./${beside}`, relative: true }
    : { kind: "address", address: wanted.address, relative: false };
}

/** What is large comes in after formatting. */
function fill(text: string, { large }: ModuleText): string {
  return text.replace(/"(large-\d+)"/g, (whole, placeholder: string) => {
    const found = large.get(placeholder);
    return found === undefined ? whole : JSON.stringify(found);
  });
}

async function format(text: string, language: "ts" | "js", wanted: boolean): Promise<string> {
  if (!wanted) return text;
  const prettier = await import("prettier");
  return prettier.format(text, { parser: language === "ts" ? "typescript" : "babel" });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
