// Scopes of files: declarations are evaluated when first asked for, once for each graph under construction.

import type { Block, Data, Declaration, Let } from "../../grammar/ast.ts";
import { isInput } from "../check/rules/parameter-lists.ts";
import type { LoadedModule } from "../check/load.ts";
import { declaredNames, patternNames } from "../check/rule.ts";
import { withPlace, type Context } from "./context.ts";
import { decodeValue } from "./decode-call.ts";
import { evaluate } from "./evaluate.ts";
import { force } from "./force.ts";
import { bindLet } from "./statements.ts";
import { lookup, type Scope } from "./scope.ts";
import { errorValue, type BlockDefinition, type Value } from "./values.ts";

/** What a name of a file stands for, with the file it was declared in. */
export interface Declared {
  readonly declaration: Exclude<Declaration, { readonly kind: "import" }>;
  readonly file: FileScope;
}

export interface FileScope {
  readonly loaded: LoadedModule;
  readonly scope: Scope;
  /** The declaration behind a name of this file, through imports. */
  find(name: string): Declared | undefined;
}

/** Values given from outside to top-level `let`s: `--set name=value`, by name, for the main file. */
export type Overrides = ReadonlyMap<string, Value>;

/** The standard library: all its files are one scope. */
export function libraryScope(ctx: Context, modules: readonly LoadedModule[], outer: Scope): Scope {
  const declared = new Map<string, Declaration>();
  for (const { module } of modules) {
    for (const declaration of module.declarations) {
      for (const name of declaredNames(declaration)) declared.set(name.text, declaration);
    }
  }
  const scope: Scope = {
    parent: outer,
    get(name) {
      const declaration = declared.get(name);
      if (declaration?.kind === "block") return blockValue(declaration, scope);
      if (declaration?.kind === "let") return letValue(ctx, declaration, name, scope);
      return undefined;
    },
    names: () => declared.keys(),
  };
  return scope;
}

/** Scopes of a program's files, the main one first; each sees its own declarations, its imports and the library. */
export function fileScopes(
  ctx: Context,
  modules: readonly LoadedModule[],
  library: Scope,
  overrides: Overrides,
): readonly FileScope[] {
  const files = new Map<LoadedModule, FileScope>();
  const [main] = modules;
  for (const loaded of modules) {
    files.set(
      loaded,
      fileScope(ctx, loaded, library, loaded === main ? overrides : new Map(), files),
    );
  }
  return [...files.values()];
}

/** Names of a declaration's `let`s and fields, and of those that it extends. */
function membersOf(data: Data, file: FileScope, seen: readonly Data[] = []): readonly string[] {
  const own = data.items.flatMap((item) => {
    if (item.kind === "entry") return [];
    return item.kind === "field" ? [item.name.text] : patternNames(item.pattern).map((n) => n.text);
  });
  const base = data.reader.kind === "name" ? file.find(data.reader.name) : undefined;
  if (base?.declaration.kind !== "data" || seen.includes(data)) return own;
  return [...own, ...membersOf(base.declaration, base.file, [...seen, data])];
}

function fileScope(
  ctx: Context,
  loaded: LoadedModule,
  library: Scope,
  overrides: Overrides,
  files: ReadonlyMap<LoadedModule, FileScope>,
): FileScope {
  const own = new Map<string, Declaration>();
  const imported = new Map<string, { readonly target: LoadedModule; readonly name: string }>();
  for (const declaration of loaded.module.declarations) {
    if (declaration.kind === "import") {
      const target = loaded.imports.get(declaration);
      for (const { name, alias } of declaration.names) {
        if (target) imported.set(alias.text, { target, name: name.text });
        else own.set(alias.text, declaration);
      }
      continue;
    }
    for (const name of declaredNames(declaration))
      if (!own.has(name.text)) own.set(name.text, declaration);
  }
  const scope: Scope = {
    parent: library,
    get(name) {
      const from = imported.get(name);
      if (from) return files.get(from.target)?.scope.get(from.name) ?? errorValue;
      const declaration = own.get(name);
      if (!declaration) return undefined;
      const given = overrides.get(name);
      if (given) return given;
      switch (declaration.kind) {
        case "block":
          return blockValue(declaration, scope);
        case "let":
          return letValue(ctx, declaration, name, scope);
        case "data":
          return {
            kind: "data",
            name,
            span: declaration.name.span,
            members: membersOf(declaration, file),
          };
        case "train":
          return { kind: "training", name, span: declaration.span };
        case "decode":
          return decodeValue(ctx, declaration, file);
        case "import":
          return errorValue;
        default:
          return declaration satisfies never;
      }
    },
    names: () => [...own.keys(), ...imported.keys()],
  };
  const file: FileScope = {
    loaded,
    scope,
    find(name) {
      const from = imported.get(name);
      if (from) return files.get(from.target)?.find(from.name);
      const declaration = own.get(name);
      return declaration && declaration.kind !== "import" ? { declaration, file } : undefined;
    },
  };
  return file;
}

/** A block as a recipe. With one list its types say what it is: inputs, or settings of a block that is a value. */
export function blockValue(syntax: Block, scope: Scope): Value {
  const [first = [], second] = syntax.lists;
  const single = second === undefined;
  const isInputs = single && first.length > 0 && first.every(isInput);
  const definition: BlockDefinition = {
    name: syntax.name.text,
    syntax,
    settings: isInputs ? [] : first,
    inputs: isInputs ? first : (second ?? []),
    applicable: isInputs || !single,
    scope,
  };
  return { kind: "block", definition, given: new Map() };
}

/** A top-level constant, worked out once a graph: it may hold tensors. */
function letValue(ctx: Context, declaration: Let, name: string, scope: Scope): Value {
  const { globals } = ctx.build;
  const known = globals.get(declaration);
  if (known === "open") return errorValue; // a circle, which the checker reports
  const whole = known ?? evaluateLet(ctx, declaration, scope);
  // Nobody owns layers here: a recipe stays one.
  const inner = withPlace(ctx, { owner: undefined, repetition: 0 }, () =>
    bindLet(ctx, declaration, whole, scope),
  );
  return patternNames(declaration.pattern).some((n) => n.text === name)
    ? (lookup(inner, name) ?? errorValue)
    : errorValue;
}

function evaluateLet(ctx: Context, declaration: Let, scope: Scope): Value {
  const { globals } = ctx.build;
  globals.set(declaration, "open");
  const value = withPlace(ctx, { owner: undefined, repetition: 0 }, () => {
    const found = evaluate(ctx, declaration.value, scope);
    return declaration.pattern.kind === "tuple" ? force(ctx, found, declaration.value.span) : found;
  });
  globals.set(declaration, value);
  return value;
}
