// Elaboration: a checked program's models, data and trainings as graphs, each worked out when it is asked for.

import type { Data, Expr, Train } from "../../grammar/ast.ts";
import { nearestName, Reporter } from "../../grammar/diagnostic.ts";
import { reservedWords } from "../../grammar/tokens.ts";
import { parse } from "../../grammar/index.ts";
import type { Span } from "../../grammar/source.ts";
import type { ReaderCatalogue } from "../../runtime/data/spec.ts";
import type { LoadedModule } from "../check/load.ts";
import { declaredNames } from "../check/rule.ts";
import { newContext, report, type Context, type Observer } from "./context.ts";
import { elaborateData } from "./data.ts";
import { evaluateForced } from "./evaluate.ts";
import { trainingOf } from "./decode-call.ts";
import { fileScopes, libraryScope, type FileScope } from "./files.ts";
import { builtinNames, intrinsicScope } from "./intrinsics/index.ts";
import { LimitReached } from "./limits.ts";
import { elaborateModel } from "./model.ts";
import { lookup } from "./scope.ts";
import { describeValue } from "./text.ts";
import { optimizerKey } from "./optimizer-sets.ts";
import { elaborateTraining, type TrainParts } from "./train.ts";
import type { DataUnit, ModelUnit, ProgramUnit, TrainingUnit } from "./unit.ts";
import type { BlockValue, Value } from "./values.ts";

export interface ElaborateOptions {
  readonly reporter: Reporter;
  readonly library: readonly LoadedModule[];
  readonly readers: ReaderCatalogue;
  /** `--set name=value`: top-level `let`s of the main file, and entries of trainings. */
  readonly sets?: Readonly<Record<string, string>>;
  readonly observe?: Observer;
}

export interface ElaboratedProgram {
  describe(): ProgramUnit;
  /** Undefined after reporting. */
  model(name: string): ModelUnit | undefined;
  data(name: string): DataUnit | undefined;
  training(name: string): TrainingUnit | undefined;
  /** The training that a decode declaration generates with; its own unit is among those of the training. */
  decode(name: string): TrainingUnit | undefined;
  /** Whether a model can be elaborated without a training: its settings have defaults, its shapes are named. */
  standsAlone(name: string): boolean;
}

/** Names in scope everywhere: the standard library's and the intrinsics'. */
export function globalNames(library: readonly LoadedModule[]): ReadonlySet<string> {
  const own = library.flatMap(({ module }) => module.declarations.flatMap(declaredNames));
  return new Set([...builtinNames, ...own.map((name) => name.text)]);
}

const settableEntries: ReadonlySet<string> = new Set([
  "loss",
  "optimizer",
  "clip",
  "batch",
  "accumulate",
  "epochs",
  "seed",
  "average",
  "best",
  "patience",
  "start",
]);

export function elaborateProgram(
  modules: readonly LoadedModule[],
  options: ElaborateOptions,
): ElaboratedProgram {
  const { reporter } = options;
  const [main] = modules;
  const start: Span = { file: main?.file ?? { path: "", text: "" }, start: 0, end: 0 };
  const libraryFiles = new Set(options.library.map((loaded) => loaded.file));
  const ctx = newContext(reporter, (span) => libraryFiles.has(span.file), start, options.observe);
  const library = libraryScope(ctx, options.library, intrinsicScope());
  const declarations = main?.module.declarations ?? [];
  const trains = declarations.filter((d) => d.kind === "train");
  const given = readSets(ctx, main, options.sets ?? {}, trains.length > 0, library);
  const files = fileScopes(ctx, modules, library, given.lets);
  const [file] = files;
  const dataUnits = new Map<Data, DataUnit | undefined>();
  const trainingUnits = new Map<Train, TrainingUnit | undefined>();

  function guarded<T>(work: () => T | undefined): T | undefined {
    ctx.steps = 0;
    ctx.depth = 0;
    ctx.stack = [];
    ctx.blocks = [];
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof LimitReached) return undefined;
      throw thrown;
    }
  }

  function dataOf(declaration: Data, at: FileScope): DataUnit | undefined {
    if (!dataUnits.has(declaration)) {
      dataUnits.set(
        declaration,
        guarded(() => elaborateData(ctx, declaration, at, options.readers)),
      );
    }
    return dataUnits.get(declaration);
  }

  function findBlock(name: string): BlockValue | undefined {
    const value = file?.scope.get(name);
    return value?.kind === "block" ? value : undefined;
  }

  /** What is declared, in the main file or beside the training, to generate with it. */
  function decodesOf(training: Train, at: FileScope): TrainParts["decodes"] {
    return [...new Set([at, ...(file ? [file] : [])])].flatMap((each) =>
      each.loaded.module.declarations.flatMap((found) => {
        if (found.kind !== "decode" || found.training.kind !== "name") return [];
        const own = each.find(found.training.name)?.declaration === training;
        return own ? [{ declaration: found, file: each }] : [];
      }),
    );
  }

  function training(declaration: Train, at: FileScope): TrainingUnit | undefined {
    if (!trainingUnits.has(declaration)) {
      trainingUnits.set(declaration, elaborateTrain(declaration, at));
    }
    return trainingUnits.get(declaration);
  }

  function elaborateTrain(declaration: Train, at: FileScope): TrainingUnit | undefined {
    const dataExpr = declaration.data;
    const found = dataExpr.kind === "name" ? at.find(dataExpr.name) : undefined;
    if (found?.declaration.kind !== "data") {
      if (dataExpr.kind !== "error") {
        const known = dataExpr.kind === "name" ? lookup(at.scope, dataExpr.name) : undefined;
        // An unknown name is told by the checker.
        if (dataExpr.kind === "name" && !known) return undefined;
        report(ctx, "wrong-kind", dataExpr.span, {
          what: "what stands after `on`",
          wanted: "a data declaration",
          found: known ? describeValue(known) : "an expression",
        });
      }
      return undefined;
    }
    const data = dataOf(found.declaration, found.file);
    return guarded(() => {
      const block = modelBlock(
        ctx,
        evaluateForced(ctx, declaration.model, at.scope),
        declaration.model.span,
      );
      if (!block || !data) return undefined;
      const name = declaration.name?.text ?? block.definition.name;
      return elaborateTraining(ctx, {
        declaration,
        name,
        file: at,
        block,
        data,
        sets: given.entries,
        decodes: decodesOf(declaration, at),
        guarded,
      });
    });
  }

  const trainingNames = trains.map((declaration) => ({
    declaration,
    name: declaration.name?.text ?? calledName(declaration.model),
    model: calledName(declaration.model),
    data: calledName(declaration.data),
  }));

  return {
    describe: () => ({
      models: declarations.flatMap((d) => (d.kind === "block" && d.model ? [d.name.text] : [])),
      data: declarations.flatMap((d) => (d.kind === "data" ? [d.name.text] : [])),
      trainings: trainingNames.map(({ name, model, data }) => ({ name, model, data })),
      decodes: declarations.flatMap((d) =>
        d.kind === "decode" ? [{ name: d.name.text, training: calledName(d.training) }] : [],
      ),
    }),
    model(name) {
      const block = findBlock(name);
      return block && guarded(() => elaborateModel(ctx, block, block.definition.syntax.name.span));
    },
    data(name) {
      const found = file?.find(name);
      return found?.declaration.kind === "data" ? dataOf(found.declaration, found.file) : undefined;
    },
    training(name) {
      const found = trainingNames.find((t) => t.name === name);
      return found && file ? training(found.declaration, file) : undefined;
    },
    decode(name) {
      const declaration = declarations.find((d) => d.kind === "decode" && d.name.text === name);
      if (declaration?.kind !== "decode" || !file) return undefined;
      const found = guarded(() => trainingOf(ctx, declaration, file));
      return found && training(found.declaration, found.file);
    },
    standsAlone(name) {
      const block = findBlock(name);
      if (!block) return false;
      const { settings, inputs } = block.definition;
      return (
        settings.every((param) => param.default !== undefined || param.type?.optional === true) &&
        inputs.every(
          ({ type }) =>
            type?.kind === "tensor" &&
            type.shape.every(
              (d) =>
                d.kind === "dim" &&
                d.value.kind !== "binary" &&
                !(d.value.kind === "name" && d.value.name === "_"),
            ),
        )
      );
    },
  };
}

function modelBlock(ctx: Context, value: Value, span: Span): BlockValue | undefined {
  if (value.kind === "error") return undefined;
  if (value.kind === "block" && value.definition.applicable && value.definition.syntax.model)
    return value;
  report(ctx, "wrong-kind", span, {
    what: "what a training trains",
    wanted: "a `model`",
    found: describeValue(value),
  });
  return undefined;
}

function calledName(expr: Expr): string {
  if (expr.kind === "call") return calledName(expr.callee);
  return expr.kind === "name" ? expr.name : "";
}

function isReserved(name: string): boolean {
  return (reservedWords as readonly string[]).includes(name);
}

interface Sets {
  readonly lets: ReadonlyMap<string, Value>;
  readonly entries: ReadonlyMap<string, Expr>;
}

/** `--set name=value` as values of top-level `let`s and expressions of entries; a name that fits nothing is reported. */
function readSets(
  ctx: Context,
  main: LoadedModule | undefined,
  sets: Readonly<Record<string, string>>,
  trains: boolean,
  library: Parameters<typeof evaluateForced>[2],
): Sets {
  const lets = new Map<string, Value>();
  const entries = new Map<string, Expr>();
  const names = new Set(
    (main?.module.declarations ?? []).flatMap((d) =>
      d.kind === "let" ? declaredNames(d).map((n) => n.text) : [],
    ),
  );
  for (const [name, text] of Object.entries(sets)) {
    const source = { path: `--set ${name}`, text };
    const reporter = new Reporter();
    // Messages show it as it would be written in the file.
    const shown = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !isReserved(name) ? name : "value";
    const module = parse({ path: source.path, text: `let ${shown} = ${text}` }, reporter);
    for (const found of reporter.diagnostics) ctx.reporter.add(found);
    const [declaration] = module.declarations;
    if (reporter.failed || declaration?.kind !== "let") continue;
    if (names.has(name)) {
      lets.set(name, evaluateForced(ctx, declaration.value, library));
    } else if (trains && settableEntries.has(name)) {
      entries.set(name, declaration.value);
    } else {
      const near = nearestName(name, [...names, ...(trains ? settableEntries : [])]);
      // A name that resembles none may be a setting of the optimizer; whether it is shows when there is one.
      if (trains && (near === undefined || name.startsWith("optimizer."))) {
        entries.set(optimizerKey(name), declaration.value);
        continue;
      }
      const known = [...names, ...(trains ? settableEntries : [])].join(", ");
      const file = source;
      ctx.reporter.report(
        "unknown-set",
        { file, start: 0, end: text.length },
        { name },
        {
          help: near === undefined ? `there are ${known}` : `is \`${near}\` meant?`,
        },
      );
    }
  }
  return { lets, entries };
}
