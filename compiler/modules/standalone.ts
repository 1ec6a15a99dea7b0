// The runtime as a file beside a module, so that the module needs no package. The build makes one for every set of devices.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { UserError } from "../../runtime/errors.ts";
import type { ModuleTarget } from "./contents.ts";

export interface StandaloneRuntime {
  /** JavaScript, minified. */
  readonly code: string;
  /** Its types. */
  readonly types: string;
}

/** Reads what the build left in `dist`. */
export function standaloneRuntime(targets: readonly ModuleTarget[]): StandaloneRuntime {
  const name = [...targets].sort().join("-");
  const types = read("runtime/module/types.d.ts").replace(
    /\n*(export \{\};)?\s*\/\/# source.*\s*$/,
    "",
  );
  return {
    code: `// The runtime of dlm.\n${read(`runtime/standalone/${name}.js`)}`,
    types: `${types}\n${calls(targets)}`,
  };
}

/** Seen from the sources and from the build, at whatever depth a chunk of it lies. */
function read(name: string): string {
  for (const up of ["../../dist/", "../", "../../", "./"]) {
    const file = fileURLToPath(new URL(up + name, import.meta.url));
    if (existsSync(file)) return readFileSync(file, "utf8");
  }
  throw new UserError("the runtime of standalone modules is not built", {
    help: "run `npm run build` in the package of dlmc",
  });
}

/** What a module calls, loosely: its own declarations are the strict ones. */
function calls(targets: readonly ModuleTarget[]): string {
  return `
type Kernels = (memory: ArrayBuffer, h: any) => ((t: number) => void)[];
interface ProgramText {
  readonly code: any;
  readonly [entry: string]: unknown;
}
interface JsProgramText {
  readonly code: Kernels;
  readonly [entry: string]: unknown;
}
interface TargetText<Program> {
  readonly programs: readonly Program[];
  readonly [entry: string]: unknown;
}
export interface ExampleSource {
  readonly programs?: TargetText<JsProgramText>;
  readonly [entry: string]: unknown;
}
export declare function defineModel<Model>(source: object): ModelModule<Model>;
export declare function exampleReader(source: ExampleSource): Promise<object>;
export declare function trainable(training: object): object;
export declare function vocabularies(texts: object): () => Promise<ReadonlyMap<string, any>>;
export declare function writers(sources: readonly object[], from: () => Promise<object>): object;
export declare function fromBase64(text: string): Uint8Array<ArrayBuffer>;
export declare function fetchBytes(address: string | URL): Promise<Uint8Array>;
${targets
  .map((target) => {
    const program = target === "js" ? "JsProgramText" : "ProgramText";
    return `export declare function ${target}Target(target: TargetText<${program}>): object;`;
  })
  .join("\n")}
`;
}
