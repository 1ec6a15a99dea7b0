// Every name means something, and what is named is used. Bodies of data and trainings also see columns, fields and
// outputs, which only elaboration knows; there unknown names are left to it.

import type { Reporter } from "../../../grammar/diagnostic.ts";
import type { Data, Decode, Import, Name, Train } from "../../../grammar/ast.ts";
import type { Span } from "../../../grammar/source.ts";
import { suggestValue } from "../../../grammar/suggest.ts";
import type { LoadedModule } from "../load.ts";
import { declaredNames, type Rule } from "../rule.ts";
import {
  bind,
  bindPattern,
  childNames,
  isOpen,
  visibleNames,
  walkExpr,
  walkType,
  type Binding,
  type Names,
  type Visitor,
} from "../walk.ts";
import { walkBlock } from "./recursion.ts";

export const names: Rule = {
  name: "names",
  summary: "names are known and used",
  run({ loaded, reporter, globals }) {
    const imported: Binding[] = [];
    walkModule(loaded, globals, {
      unknown: (name, { span }, at) => {
        if (!isOpen(at)) reportUnknown(reporter, name, span, at);
      },
      closed: (binding) => reportUnused(reporter, binding),
      imported: (binding) => imported.push(binding),
    });
    if (!loaded.library) for (const binding of imported) reportUnused(reporter, binding);
  },
};

/** Walks all names of a file as its scopes bind them; `onBind` hears of every binding. */
export function walkModule(
  loaded: LoadedModule,
  globals: ReadonlySet<string>,
  {
    imported,
    onBind,
    ...visitor
  }: Visitor & {
    readonly imported?: (binding: Binding) => void;
    readonly onBind?: (binding: Binding) => void;
  },
): void {
  const { module } = loaded;
  const everywhere = childNames(undefined);
  for (const name of globals) bind(everywhere, undefined, name, "library");
  const file = childNames(everywhere, false, onBind);
  for (const declaration of module.declarations) {
    for (const name of declaredNames(declaration)) {
      const binding = bind(file, name, name.text, declaration.kind);
      if (declaration.kind === "import" && arrives(loaded, declaration, name)) imported?.(binding);
    }
  }
  for (const declaration of module.declarations) {
    switch (declaration.kind) {
      case "import":
        break;
      case "let":
        walkExpr(declaration.value, file, visitor);
        break;
      case "block":
        walkBlock(declaration, file, visitor);
        break;
      case "data":
      case "train":
      case "decode":
        walkDeclaration(declaration, file, visitor);
        break;
      default:
        declaration satisfies never;
    }
  }
}

/** Whether an imported name is there; what is missing has been told. */
function arrives(loaded: LoadedModule, declaration: Import, alias: Name): boolean {
  const target = loaded.imports.get(declaration);
  const asked = declaration.names.find((pair) => pair.alias === alias)?.name.text;
  return (
    target?.module.declarations.some((d) => declaredNames(d).some((n) => n.text === asked)) ?? false
  );
}

function walkDeclaration(declaration: Data | Train | Decode, file: Names, visitor: Visitor): void {
  const known: Names =
    declaration.kind === "train" ? file : childNames(file, declaration.kind === "decode");
  if (declaration.kind === "data") walkExpr(declaration.reader, childNames(file, true), visitor);
  if (declaration.kind === "train") {
    walkExpr(declaration.model, known, visitor);
    walkExpr(declaration.data, known, visitor);
  }
  if (declaration.kind === "decode") walkExpr(declaration.training, known, visitor);
  const body = childNames(file, true);
  const made: Binding[] = [];
  for (const item of declaration.items) {
    switch (item.kind) {
      case "let":
        walkExpr(item.value, body, visitor);
        // Fitted blocks of data are members of the declaration (`book.words.size`), so they need not be used here.
        if (declaration.kind === "data") bindPattern(item.pattern, body, "let");
        else made.push(...bindPattern(item.pattern, body, "let"));
        break;
      case "field":
        walkType(item.type, childNames(body), visitor);
        if (item.value) walkExpr(item.value, body, visitor);
        bind(body, item.name, item.name.text, "field");
        break;
      case "entry":
        walkExpr(item.value, body, visitor);
        break;
      case "phase":
        for (const { value } of item.entries) walkExpr(value, body, visitor);
        break;
      default:
        item satisfies never;
    }
  }
  for (const binding of made) visitor.closed(binding);
}

function reportUnknown(reporter: Reporter, name: string, span: Span, at: Names): void {
  if (reporter.full) return;
  reporter.report("unknown-name", span, { name }, suggestValue(name, span, visibleNames(at)));
}

function reportUnused(reporter: Reporter, { name, what, used }: Binding): void {
  if (used || !name || name.text.startsWith("_") || what === "param" || what === "state") return;
  reporter.report("unused-name", name.span, {
    name: name.text,
    what: what === "let" ? "`let`" : what,
  });
}
