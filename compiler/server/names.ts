// What every name of a file stands for: the places where it is bound and used.

import type { Block, Declaration, Expr, Import, Module } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { LoadedModule } from "../check/load.ts";
import { declaredNames } from "../check/rule.ts";
import { walkModule } from "../check/rules/names.ts";
import type { Binding } from "../check/walk.ts";
import { allNodes } from "./tree.ts";

/** Something that a name stands for. */
export interface Meaning {
  readonly text: string;
  /** `library`, `block`, `let`, `argument`, `dimension`, `field`, `output`, … */
  readonly what: string;
  /** Where it is bound: in this file, in an imported one or in the standard library. */
  readonly span: Span | undefined;
  /** The declaration behind it, where it is one. */
  readonly declaration?: Declaration;
}

export interface Occurrence {
  readonly span: Span;
  readonly meaning: Meaning;
}

export interface FileNames {
  /** In the order of the text; where a name is bound is an occurrence, too. */
  readonly occurrences: readonly Occurrence[];
  /** Everything bound in the file. */
  readonly bound: readonly Meaning[];
  /** The standard library and the built-in names. */
  readonly globals: ReadonlyMap<string, Meaning>;
  at(offset: number): Occurrence | undefined;
  of(meaning: Meaning): readonly Occurrence[];
}

export function namesOf(
  main: LoadedModule | undefined,
  library: readonly LoadedModule[],
  globals: ReadonlySet<string>,
): FileNames {
  const everywhere = globalMeanings(library, globals);
  const meanings = new Map<Binding, Meaning>();
  const occurrences: Occurrence[] = [];
  const seen = new Set<number>();
  const add = (span: Span, meaning: Meaning): void => {
    if (seen.has(span.start)) return;
    seen.add(span.start);
    occurrences.push({ span, meaning });
  };
  const meaningOf = (binding: Binding): Meaning => {
    const known = meanings.get(binding) ?? describe(binding, main, everywhere);
    meanings.set(binding, known);
    return known;
  };
  if (main) {
    walkModule(main, globals, {
      seen: (span, binding) => add(span, meaningOf(binding)),
      onBind: (binding) => {
        const meaning = meaningOf(binding);
        if (binding.span) add(binding.span, meaning);
      },
      unknown: (text, { span }) => {
        const found = memberOf(main.module, text, span);
        if (found) add(span, found);
      },
      closed: () => undefined,
    });
    for (const [span, meaning] of namedArguments(main.module, occurrences)) add(span, meaning);
  }
  occurrences.sort((a, b) => a.span.start - b.span.start);
  return {
    occurrences,
    bound: [...meanings.values()].filter(({ what }) => what !== "library"),
    globals: everywhere,
    at: (offset) => occurrences.find(({ span }) => span.start <= offset && offset <= span.end),
    of: (meaning) => occurrences.filter((each) => isSame(each.meaning, meaning)),
  };
}

function isSame(a: Meaning, b: Meaning): boolean {
  if (a === b) return true;
  const isPlace = a.span !== undefined && b.span !== undefined;
  return isPlace && a.span.file === b.span.file && a.span.start === b.span.start;
}

const globalCache = new WeakMap<readonly LoadedModule[], ReadonlyMap<string, Meaning>>();

function globalMeanings(
  library: readonly LoadedModule[],
  globals: ReadonlySet<string>,
): ReadonlyMap<string, Meaning> {
  const known = globalCache.get(library);
  if (known) return known;
  const found = new Map<string, Meaning>();
  for (const text of globals) found.set(text, { text, what: "library", span: undefined });
  for (const { module } of library) {
    for (const declaration of module.declarations) {
      for (const { text, span } of declaredNames(declaration)) {
        found.set(text, { text, what: "library", span, declaration });
      }
    }
  }
  globalCache.set(library, found);
  return found;
}

function describe(
  { text, what, span }: Binding,
  main: LoadedModule | undefined,
  globals: ReadonlyMap<string, Meaning>,
): Meaning {
  if (what === "library") return globals.get(text) ?? { text, what, span: undefined };
  const declaration = main?.module.declarations.find((each) =>
    declaredNames(each).some((name) => name.span === span),
  );
  if (declaration?.kind === "import" && main) {
    const behind = importedFrom(main, declaration, text);
    if (behind) return { text, what: behind.declaration.kind, ...behind };
  }
  return { text, what, span, ...(declaration ? { declaration } : {}) };
}

/** The declaration in another file that an import names. */
function importedFrom(
  main: LoadedModule,
  declaration: Import,
  alias: string,
): { readonly declaration: Declaration; readonly span: Span } | undefined {
  const target = main.imports.get(declaration);
  const asked = declaration.names.find((pair) => pair.alias.text === alias)?.name.text;
  for (const each of target?.module.declarations ?? []) {
    const name = declaredNames(each).find((own) => own.text === asked);
    if (name) return { declaration: each, span: name.span };
  }
  return undefined;
}

/** A name that only elaboration knows: an output or an input of the trained model, a field of its data. */
function memberOf(module: Module, text: string, at: Span): Meaning | undefined {
  const around = module.declarations.find(
    ({ span }) => span.start <= at.start && at.end <= span.end,
  );
  if (around?.kind === "decode" && around.training.kind === "name") {
    const { name } = around.training;
    const training = module.declarations.find((d) => d.kind === "train" && d.name?.text === name);
    return training?.kind === "train"
      ? memberOfTraining(module, training.model, training.data, text)
      : undefined;
  }
  return around?.kind === "train"
    ? memberOfTraining(module, around.model, around.data, text)
    : undefined;
}

function memberOfTraining(
  module: Module,
  model: Expr,
  data: Expr,
  text: string,
): Meaning | undefined {
  for (const member of membersOfTraining(module, model, data)) {
    if (member.text === text) return member;
  }
  return undefined;
}

/** Outputs and inputs of a training's model and fields of its data. */
export function membersOfTraining(module: Module, model: Expr, data: Expr): Meaning[] {
  const members: Meaning[] = [];
  const block = module.declarations.find(
    (d): d is Block => d.kind === "block" && d.name.text === calledName(model),
  );
  if (block?.result?.kind === "tuple") {
    for (const { name } of block.result.items) {
      if (name) members.push({ text: name.text, what: "output", span: name.span });
    }
  }
  const declared = module.declarations.find(
    (d) => d.kind === "data" && d.name.text === calledName(data),
  );
  if (declared?.kind === "data") {
    for (const item of declared.items) {
      if (item.kind !== "field") continue;
      members.push({ text: item.name.text, what: "field", span: item.name.span });
    }
  }
  return members;
}

/** Names of settings in calls of blocks that this file declares. */
function* namedArguments(
  module: Module,
  occurrences: readonly Occurrence[],
): Generator<readonly [Span, Meaning]> {
  const starts = new Map(occurrences.map(({ span, meaning }) => [span.start, meaning]));
  for (const node of allNodes(module)) {
    if (node.kind !== "call") continue;
    const { callee, arguments: given } = node as Extract<Expr, { kind: "call" }>;
    if (callee.kind !== "name") continue;
    const block = starts.get(callee.span.start)?.declaration;
    if (block?.kind !== "block") continue;
    for (const { name } of given) {
      const parameter = block.lists.flat().find((each) => each.name.text === name?.text);
      if (!name || !parameter) continue;
      const own = starts.get(parameter.name.span.start);
      const isHere = parameter.name.span.file === name.span.file;
      yield [
        name.span,
        isHere && own ? own : { text: name.text, what: "setting", span: parameter.name.span },
      ];
    }
  }
}

/** The name that is called, whatever it is given. */
export function calledName(expr: Expr): string {
  if (expr.kind === "call") return calledName(expr.callee);
  return expr.kind === "name" ? expr.name : "";
}
