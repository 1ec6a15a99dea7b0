// A source file, loaded with its imports, checked, and elaborated on demand.

import { createHash } from "node:crypto";

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { readerCatalogue } from "../../runtime/data/readers/index.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DataHost, Host } from "../../runtime/host.ts";
import { check } from "../check/index.ts";
import { ProgramReporter } from "../check/reporter.ts";
import { loadLibrary, loadProgram, type LoadedModule } from "../check/load.ts";
import { elaborateProgram, globalNames } from "../elaborate/index.ts";
import type {
  DataUnit,
  DecodeUnit,
  ModelUnit,
  ProgramUnit,
  TrainingUnit,
} from "../elaborate/unit.ts";
import { failOn } from "./failure.ts";

export interface LoadOptions {
  readonly host: Host;
  /** Lets headers of data files be looked at, so that fields are checked against them. */
  readonly dataHost?: DataHost;
  /** `--set name=value`: reaches top-level lets and entries of trainings. */
  readonly sets?: Readonly<Record<string, string>>;
}

/** A file as a program: what it declares, and each declaration elaborated when it is asked for. */
export interface LoadedFile {
  readonly path: string;
  readonly text: string;
  /** Hash of every source that was read, by path. */
  readonly sources: Readonly<Record<string, string>>;
  /** Everything found so far. */
  readonly diagnostics: readonly Diagnostic[];
  readonly unit: ProgramUnit;
  /** By name; without one the only one. Throws a ProgramError if it has mistakes. */
  model(name?: string): ModelUnit;
  data(name?: string): DataUnit;
  training(name?: string): TrainingUnit;
  /** A decode declaration, with the training whose model generates. */
  decode(name?: string): { readonly decode: DecodeUnit; readonly training: TrainingUnit };
  /** Elaborates everything that needs no choice, so that every mistake is found. */
  checkAll(): readonly Diagnostic[];
}

/** What a declaration begins with, where it is called otherwise. */
const keywords: Readonly<Record<string, string>> = {
  training: "train",
  "decode declaration": "decode",
};

/** Loads and checks a file. Mistakes are in `diagnostics`; a file that is not there is a UserError. */
export function load(path: string, options: LoadOptions): LoadedFile {
  const text = options.host.readText(path);
  if (text === undefined) {
    throw new UserError(`there is no file ${path}`, { help: "check the path" });
  }
  const reporter = new ProgramReporter();
  const loaded = loadProgram(path, options.host, reporter);
  reporter.markBroken(loaded.filter(({ broken }) => broken).map(({ file }) => file));
  const library = loadLibrary();
  check(loaded, { reporter, globals: globalNames(library) });
  const program = elaborateProgram(loaded, {
    reporter,
    library,
    sets: options.sets ?? {},
    readers: readerCatalogue(options.dataHost),
  });
  const unit = program.describe();

  function pick(kind: string, names: readonly string[], name: string | undefined): string {
    if (name !== undefined && names.includes(name)) return name;
    const list = names.map((n) => `\`${n}\``).join(", ");
    if (name !== undefined) {
      throw new UserError(`${path} has no ${kind} called \`${name}\``, {
        help: names.length > 0 ? `there are: ${list}` : `it declares no ${kind}`,
      });
    }
    const [only] = names;
    if (only !== undefined && names.length === 1) return only;
    throw new UserError(
      names.length === 0 ? `${path} declares no ${kind}` : `${path} has ${names.length} ${kind}s`,
      {
        help:
          names.length === 0
            ? `write a \`${keywords[kind] ?? kind}\` declaration`
            : `name one of ${list}`,
      },
    );
  }

  function demand<T>(found: T | undefined): T {
    if (found === undefined || reporter.failed) throw failOn(reporter.diagnostics);
    return found;
  }

  const stop = (): void => {
    if (reporter.failed) throw failOn(reporter.diagnostics);
  };

  return {
    path,
    text,
    sources: Object.fromEntries(loaded.map(({ file }) => [file.path, hash(file.text)])),
    diagnostics: reporter.diagnostics,
    unit,
    model(name) {
      stop();
      return demand(program.model(pick("model", unit.models, name)));
    },
    data(name) {
      stop();
      return demand(program.data(pick("data", unit.data, name)));
    },
    training(name) {
      stop();
      return demand(
        program.training(
          pick(
            "training",
            unit.trainings.map((t) => t.name),
            name,
          ),
        ),
      );
    },
    decode(name) {
      stop();
      const names = unit.decodes.map((each) => each.name);
      const picked = pick("decode declaration", names, name);
      const training = demand(program.decode(picked));
      return { decode: demand(training.decodes.find((d) => d.name === picked)), training };
    },
    checkAll() {
      for (const name of unit.data) program.data(name);
      for (const { name } of unit.trainings) program.training(name);
      const trained = new Set(unit.trainings.map((t) => t.model));
      for (const name of unit.models) {
        if (!trained.has(name) && program.standsAlone(name)) program.model(name);
      }
      for (const { name } of unit.decodes) program.decode(name);
      return inOrder(reporter.diagnostics, loaded);
    },
  };
}

/** As a reader meets them: file by file, from top to bottom. */
function inOrder(
  diagnostics: readonly Diagnostic[],
  modules: readonly LoadedModule[],
): readonly Diagnostic[] {
  const files = new Map(modules.map(({ file }, i) => [file, i]));
  const rank = ({ span }: Diagnostic): number => files.get(span.file) ?? modules.length;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || a.span.start - b.span.start);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
