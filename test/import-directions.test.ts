// Who may import whom. The table is the rule; .oxlintrc.json repeats it roughly, for the editor.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { parseSync, Visitor } from "vite";
import { describe, expect, test } from "vitest";
import { repositoryRoot } from "./support/shared.ts";

/**
 * Paths are prefixes relative to the repository root, of a folder or a file. `except` takes away from
 * `files`, not from `types` and `lazy`.
 */
interface Rule {
  /** What any import may name. */
  readonly files: readonly string[];
  /** What `import type` may name besides. */
  readonly types?: readonly string[];
  /** What `import()` may name besides: loaded only where it is asked for. */
  readonly lazy?: readonly string[];
  readonly except?: readonly string[];
  /** Packages, without subpaths. */
  readonly packages?: readonly string[];
  /** Whether Node's own modules may be imported. */
  readonly node?: boolean;
}

const diagnostics = ["grammar/source", "grammar/span", "grammar/diagnostic"];
/** The runtime's plain data, and the few constants that belong to it. */
const plainTypes = ["runtime/artifact", "runtime/types", "runtime/dtype"];
/** Plain data that lies beside what reads it. */
const contracts = ["runtime/data/spec"];
const devices = ["runtime/devices", "runtime/train", "runtime/data", "runtime/node"];
const outside = ["compiler/cli", "compiler/api", "compiler/server"];

/** The row with the longest matching folder holds. */
const rules: Readonly<Record<string, Rule>> = {
  grammar: { files: ["grammar"], packages: ["chevrotain"] },
  "grammar/format": { files: ["grammar"], packages: ["chevrotain", "prettier"] },

  runtime: {
    files: ["runtime"],
    except: ["runtime/node"], // so that everything else runs in a browser
    lazy: ["runtime/node"],
    packages: ["csv-parse"],
  },
  "runtime/node": {
    files: ["runtime"],
    packages: ["csv-parse", "jpeg-js", "pngjs", "webgpu"],
    node: true,
  },

  compiler: {
    files: ["grammar", "compiler", "runtime"],
    types: contracts,
    except: [...devices, ...outside],
  },
  "compiler/ir": {
    files: ["compiler/ir", ...diagnostics, ...plainTypes],
    types: contracts,
  },
  "compiler/ops": {
    files: ["compiler/ops", "compiler/ir", ...diagnostics, "runtime/reference", ...plainTypes],
    types: contracts,
  },
  "compiler/elaborate": {
    // what texts are cut into, and which numbers words get: said once for the compiler and for the reader
    files: [
      "grammar",
      "compiler",
      ...plainTypes,
      "runtime/errors",
      "runtime/data/text",
      "runtime/decode/rule",
    ],
    types: contracts,
    except: outside,
  },
  "compiler/backends": {
    files: [
      "compiler/backends",
      "compiler/ir",
      "compiler/schedule",
      ...diagnostics,
      "runtime/types",
      "runtime/errors", // a program may ask more of a device than it binds
      "runtime/devices/wasm/layout", // where things lie in the memory that code and device share
    ],
    types: ["runtime/artifact"],
  },
  "compiler/server": {
    files: ["grammar", "compiler", "runtime"],
    types: contracts,
    except: [...devices, "compiler/cli", "compiler/api"],
    packages: [
      "vscode-languageserver",
      "vscode-languageserver-textdocument",
      "vscode-languageserver-types",
    ],
    node: true,
  },
  "compiler/api": {
    files: ["grammar", "compiler", "runtime"],
    except: ["compiler/cli", "compiler/server"],
    node: true,
  },
  "compiler/report": {
    files: ["compiler/report", "runtime/data/text/visible"],
    types: ["compiler/api", "runtime/train/events", "runtime/node/manifest"],
    packages: ["pngjs"],
    node: true,
  },
  "compiler/modules": {
    files: ["grammar", "compiler", "runtime"],
    except: ["compiler/cli", "compiler/server"],
    packages: ["prettier"],
    node: true,
  },
  "compiler/cli": {
    files: ["grammar", "compiler", "runtime"],
    packages: [
      "commander",
      "picocolors",
      "cli-progress",
      "prettier",
      "asciichart",
      "pngjs",
      "oled-font-5x7",
    ],
    node: true,
  },
  "editors/vscode": {
    files: [
      "editors/vscode",
      "grammar/highlight",
      "compiler/cli/server",
      "compiler/require-banner",
    ],
    packages: ["vscode", "vscode-languageclient", "esbuild"],
    node: true,
  },
  "editors/playground": {
    files: ["editors/playground", "examples", "grammar", "compiler", "runtime"],
    except: ["compiler/cli", "runtime/node"],
    packages: [
      "@codemirror/autocomplete",
      "@codemirror/commands",
      "@codemirror/language",
      "@codemirror/lint",
      "@codemirror/search",
      "@codemirror/state",
      "@codemirror/view",
      "@dagrejs/dagre",
      "@lezer/highlight",
      "@noble/hashes",
      "prettier",
      "uplot",
    ],
  },
  "editors/playground/vite.config.ts": {
    files: ["grammar/tokens", "grammar/highlight", "editors/playground"],
    packages: ["vite"],
    node: true,
  },
  "compiler/stdlib/embed.mjs": { files: [], node: true }, // build steps, not part of the compiler
  "compiler/build.mjs": {
    files: ["compiler/stdlib/embed", "compiler/require-banner"],
    node: true,
    packages: ["esbuild"],
  },
};

describe("import directions", () => {
  for (const folder of ["grammar", "runtime", "compiler", "editors"]) {
    test(folder, () => expect(sourceFiles(folder).flatMap(offences)).toEqual([]));
  }
});

describe("the rule is enforced for", () => {
  const cases: readonly (readonly [file: string, source: string, allowed: boolean])[] = [
    ["grammar/a.ts", `import { x } from "../compiler/ir/graph.ts";`, false],
    ["grammar/a.ts", `import { Lexer } from "chevrotain";`, true],
    ["grammar/format/a.ts", `import type { Module } from "../ast.ts";`, true],
    ["grammar/format/a.ts", `import { builders } from "prettier/doc";`, true],
    ["grammar/a.ts", `import { builders } from "prettier/doc";`, false],
    ["grammar/a.ts", `import { readFileSync } from "node:fs";`, false],
    ["runtime/a.ts", `import type { Graph } from "../compiler/ir/graph.ts";`, false],
    ["runtime/train/a.ts", `import { read } from "../node/files.ts";`, false],
    ["runtime/devices/a.ts", `await import("../node/webgpu.ts");`, true],
    ["runtime/data/a.ts", `import { readFileSync } from "fs";`, false],
    ["runtime/node/a.ts", `import { readFileSync } from "node:fs";`, true],
    ["compiler/ir/a.ts", `import { parse } from "../../grammar/parser.ts";`, false],
    ["compiler/ir/a.ts", `import type { Span } from "../../grammar/source.ts";`, true],
    ["compiler/ir/a.ts", `import { conv } from "../../runtime/reference/conv.ts";`, false],
    ["compiler/ir/a.ts", `import type { Tensor } from "../../runtime/types.ts";`, true],
    ["compiler/ir/a.ts", `type T = import("../passes/index.ts").Pass;`, false],
    ["compiler/ops/a.ts", `import { conv } from "../../runtime/reference/conv.ts";`, true],
    ["compiler/ops/a.ts", `export * from "../passes/index.ts";`, false],
    ["compiler/backends/a.ts", `import type { Op } from "../ops/index.ts";`, false],
    ["compiler/backends/a.ts", `import { type Artifact } from "../../runtime/artifact.ts";`, true],
    ["compiler/backends/a.ts", `import { version } from "../../runtime/artifact.ts";`, false],
    ["compiler/elaborate/a.ts", `import type { S } from "../../runtime/data/spec.ts";`, true],
    ["compiler/elaborate/a.ts", `import { s } from "../../runtime/data/spec.ts";`, false],
    ["compiler/elaborate/a.ts", `import type { D } from "../../runtime/devices/js.ts";`, false],
    ["compiler/passes/a.ts", `await import("../../runtime/devices/js.ts");`, false],
    ["compiler/passes/a.ts", `import { readFileSync } from "node:fs";`, false],
    ["compiler/cli/a.ts", `import { train } from "../../runtime/train/index.ts";`, true],
    ["compiler/cli/a.ts", `import { x } from "left-out";`, false],
  ];
  for (const [file, source, allowed] of cases) {
    test(`${file}: ${source}`, () => {
      expect(offencesIn(file, source)).toHaveLength(allowed ? 0 : 1);
    });
  }
});

interface Import {
  readonly specifier: string;
  readonly kind: "value" | "type" | "lazy";
}

function offences(file: string): readonly string[] {
  return offencesIn(file, readFileSync(path.join(repositoryRoot, file), "utf8"));
}

function offencesIn(file: string, text: string): readonly string[] {
  const rule = ruleOf(file);
  return importsOf(file, text)
    .filter((found) => !isAllowed(file, found, rule))
    .map(({ specifier }) => `${file} imports ${specifier}`);
}

function ruleOf(file: string): Rule {
  const folder = Object.keys(rules)
    .filter((prefix) => isBelow(file, prefix))
    .reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), "");
  const rule = rules[folder];
  if (rule === undefined) throw new Error(`no rule for ${file}`);
  return rule;
}

function isAllowed(file: string, { specifier, kind }: Import, rule: Rule): boolean {
  if (isBuiltin(specifier)) return rule.node === true;
  if (!specifier.startsWith(".")) {
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    return rule.packages?.includes(name) === true;
  }
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const matches = (prefixes: readonly string[] = []): boolean =>
    prefixes.some((prefix) => isBelow(target, prefix));
  if (kind === "lazy" && matches(rule.lazy)) return true;
  if (kind === "type" && matches(rule.types)) return true;
  return matches(rule.files) && !matches(rule.except);
}

/** `a/b` holds `a/b/c.ts`, `a/b.ts` and `a/b-c.ts`, but not `a/bc.ts`. */
function isBelow(file: string, prefix: string): boolean {
  return file === prefix || (file.startsWith(prefix) && /^[/.-]/.test(file.slice(prefix.length)));
}

/** All imports of a file: static, re-exports, `import()` and `import("…").Type`. */
function importsOf(file: string, text: string): readonly Import[] {
  const { program, module, errors } = parseSync(file, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const imports: Import[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
    imports.push({ specifier: moduleRequest.value, kind: typeOnly ? "type" : "value" });
  }
  for (const entry of module.staticExports.flatMap((statement) => statement.entries)) {
    if (entry.moduleRequest === null) continue;
    imports.push({
      specifier: entry.moduleRequest.value,
      kind: entry.isType ? "type" : "value",
    });
  }
  new Visitor({
    ImportExpression: ({ source }) => {
      // One that is computed cannot be checked; the standalone modules of users are loaded so.
      if (source.type === "Literal" && typeof source.value === "string") {
        imports.push({ specifier: source.value, kind: "lazy" });
      }
    },
    TSImportType: ({ source }) => {
      imports.push({ specifier: source.value, kind: "type" });
    },
  }).visit(program);
  return imports;
}

/** Source files below a folder, as posix paths relative to the root. */
function sourceFiles(folder: string): readonly string[] {
  const directory = path.join(repositoryRoot, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => path.posix.join(folder, name.split(path.sep).join("/")))
    .filter((name) => /\.(ts|mts|js|mjs)$/.test(name) && !/\/(dist|node_modules)\//.test(name))
    .sort();
}
