// Files: the one that was named and everything it imports, each parsed once, and the standard library.

import type { Import, Module } from "../../grammar/ast.ts";
import { InternalError, Reporter } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/index.ts";
import type { SourceFile } from "../../grammar/source.ts";
import type { Host } from "../../runtime/host.ts";
import { stdlibSources } from "../stdlib/sources.generated.ts";

/** A parsed file with the files behind its imports. */
export interface LoadedModule {
  readonly file: SourceFile;
  readonly module: Module;
  /** By import declaration; absent if the file is not there or would close a circle. */
  readonly imports: ReadonlyMap<Import, LoadedModule>;
  readonly library: boolean;
  /** Has mistakes of syntax: some of it could not be read. */
  readonly broken: boolean;
}

/** The files of a program, the named one first. A file that is missing or imported in a circle is reported. */
export function loadProgram(path: string, host: Host, reporter: Reporter): readonly LoadedModule[] {
  const loaded = new Map<string, LoadedModule>();
  const order: LoadedModule[] = [];

  function visit(at: string, chain: readonly string[]): LoadedModule | undefined {
    const known = loaded.get(at);
    if (known) return known;
    const text = host.readText(at);
    if (text === undefined) return undefined;
    const file: SourceFile = { path: at, text };
    const before = reporter.diagnostics.length;
    const module = parse(file, reporter);
    const broken = reporter.diagnostics.length > before;
    const imports = new Map<Import, LoadedModule>();
    const own: LoadedModule = { file, module, imports, library: false, broken };
    loaded.set(at, own);
    order.push(own);
    for (const declaration of module.declarations) {
      if (declaration.kind !== "import") continue;
      const { from } = declaration;
      const target = host.resolve(from.text, at);
      const circle = target === undefined ? -1 : [...chain, at].indexOf(target);
      if (target !== undefined && circle >= 0) {
        const names = [...[...chain, at].slice(circle), target];
        reporter.report("import-cycle", from.span, { chain: names.join(" → ") });
        continue;
      }
      const found = target === undefined ? undefined : visit(target, [...chain, at]);
      if (found) imports.set(declaration, found);
      else reportMissing(declaration, at);
    }
    return own;
  }

  /** A file that is there and may not be read is no riddle: the host tells why. */
  function reportMissing({ from }: Import, at: string): void {
    const refusal = host.refusal?.(from.text, at);
    const details = refusal === undefined ? {} : { help: refusal };
    reporter.report("missing-file", from.span, { path: from.text }, details);
  }

  visit(path, []);
  return order;
}

let library: readonly LoadedModule[] | undefined;

/** The modules of the standard library, parsed once a process. */
export function loadLibrary(): readonly LoadedModule[] {
  library ??= Object.entries(stdlibSources).map(([name, text]) => {
    const file: SourceFile = { path: `<stdlib>/${name}`, text };
    const reporter = new Reporter();
    const module = parse(file, reporter);
    const [mistake] = reporter.diagnostics;
    if (mistake) throw new InternalError(`${file.path}: ${mistake.message}`);
    return { file, module, imports: new Map(), library: true, broken: false };
  });
  return library;
}
