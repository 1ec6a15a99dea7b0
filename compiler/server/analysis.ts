// What an editor knows of a file: its tree, its mistakes, what its names stand for and what its expressions come to. It is
// made anew for every text, whole or half-typed, and never throws on one.

import type { Block, Expr, Module } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import type { SourceFile, Span } from "../../grammar/source.ts";
import type { ReaderCatalogue } from "../../runtime/data/spec.ts";
import type { Host } from "../../runtime/host.ts";
import { check } from "../check/index.ts";
import { loadLibrary, loadProgram, type LoadedModule } from "../check/load.ts";
import { ProgramReporter } from "../check/reporter.ts";
import { elaborateProgram, globalNames, type ElaboratedProgram } from "../elaborate/index.ts";
import { describeValue, formatShape } from "../elaborate/text.ts";
import type { ModelUnit } from "../elaborate/unit.ts";
import type { Value } from "../elaborate/values.ts";
import { namesOf, type FileNames } from "./names.ts";

/** What an expression came to, once for each of several uses that differ. */
export interface Observed {
  /** A type, or words for what is no tensor. */
  readonly text: string;
  /** Of a tensor: its shape, with the element type where that is not f32. */
  readonly shape?: string;
}

export interface LayerFacts {
  readonly path: string;
  readonly parameters: number;
  readonly flops: number;
}

export interface Analysis {
  readonly file: SourceFile;
  readonly module: Module;
  /** The file and what it imports. */
  readonly modules: readonly LoadedModule[];
  readonly diagnostics: readonly Diagnostic[];
  readonly names: FileNames;
  readonly observed: ReadonlyMap<Expr, readonly Observed[]>;
  /** Layers by the place where they are applied, `start:end` in this file; worked out when first asked for. */
  readonly layersAt: (span: Span) => readonly LayerFacts[];
}

/** What the analysis needs of its surroundings. */
export interface Services {
  readonly host: Host;
  readonly readers: ReaderCatalogue;
  /** Parameters and operations of a model's layers, where they can be told. */
  readonly measure?: (model: ModelUnit) => readonly (LayerFacts & { readonly place: string })[];
}

/** So many different types of one expression are remembered. */
const mostObserved = 4;

export function analyse(path: string, services: Services): Analysis {
  const reporter = new ProgramReporter();
  const modules = loadProgram(path, services.host, reporter);
  const [main] = modules;
  const file = main?.file ?? { path, text: "" };
  const library = loadLibrary();
  const globals = globalNames(library);
  reporter.markBroken(modules.filter(({ broken }) => broken).map((each) => each.file));
  const observed = new Map<Expr, Observed[]>();
  const models: ModelUnit[] = [];
  try {
    check(modules, { reporter, globals });
    const program = elaborateProgram(modules, {
      reporter,
      library,
      readers: services.readers,
      observe: (expr, value) => {
        if (expr.span.file === file) note(observed, expr, value);
      },
    });
    models.push(...elaborateAll(program));
  } catch (thrown) {
    // A half-typed text may lead where no finished one does; the mistakes found so far are told.
    if (!reporter.failed) throw thrown;
  }
  let layers: Map<string, LayerFacts[]> | undefined;
  return {
    file,
    module: main?.module ?? { file, declarations: [] },
    modules,
    diagnostics: reporter.diagnostics.filter(({ span }) => span.file === file),
    names: namesOf(main, library, globals),
    observed,
    layersAt(span) {
      layers ??= layersByPlace(models, services.measure);
      const { line, column } = placeOf(file, span.start);
      return layers.get(`${file.path}:${line}:${column}`) ?? [];
    },
  };
}

function placeOf(file: SourceFile, offset: number): { line: number; column: number } {
  const before = file.text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

/** Everything that needs no choice; gives the models. */
function elaborateAll(program: ElaboratedProgram): ModelUnit[] {
  const unit = program.describe();
  const models: ModelUnit[] = [];
  for (const name of unit.data) program.data(name);
  for (const { name } of unit.trainings) {
    const training = program.training(name);
    if (training) models.push(training.model);
  }
  const trained = new Set(unit.trainings.map((t) => t.model));
  for (const name of unit.models) {
    if (trained.has(name) || !program.standsAlone(name)) continue;
    const model = program.model(name);
    if (model) models.push(model);
  }
  for (const { name } of unit.decodes) program.decode(name);
  return models;
}

function note(observed: Map<Expr, Observed[]>, expr: Expr, value: Value): void {
  if (value.kind === "error") return;
  const known = observed.get(expr) ?? [];
  if (known.length >= mostObserved) return;
  const text = describeValue(value);
  if (known.some((each) => each.text === text)) return;
  observed.set(expr, [...known, { text, ...shapeOf(value) }]);
}

function shapeOf(value: Value): Pick<Observed, "shape"> {
  if (value.kind === "tensor") {
    const { dtype, shape } = value.node.type;
    return { shape: `${dtype === "f32" ? "" : dtype}${formatShape(shape)}` };
  }
  if (value.kind === "tuple" && value.items.length > 0) {
    const parts = value.items.map((item) => shapeOf(item).shape);
    if (parts.every((part) => part !== undefined)) return { shape: `(${parts.join(", ")})` };
  }
  return {};
}

function layersByPlace(
  models: readonly ModelUnit[],
  measure: Services["measure"],
): Map<string, LayerFacts[]> {
  const found = new Map<string, LayerFacts[]>();
  for (const model of models) {
    try {
      for (const layer of measure?.(model) ?? []) {
        const known = found.get(layer.place) ?? [];
        found.set(layer.place, [...known, layer]);
      }
    } catch {
      // Sizes that only the data know: nothing is told of this model's layers.
    }
  }
  return found;
}

/** The innermost declaration of a block that an offset lies in. */
export function blockAt({ module }: Analysis, offset: number): Block | undefined {
  return module.declarations.find(
    (each): each is Block =>
      each.kind === "block" && each.span.start <= offset && offset <= each.span.end,
  );
}
