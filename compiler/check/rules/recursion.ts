// No declaration leads back to itself: a program is elaborated whole before it runs.

import type { Block, Declaration, Name } from "../../../grammar/ast.ts";
import { declaredNames, type Rule } from "../rule.ts";
import { childNames, walkBody, walkExpr, walkType, bind, type Names } from "../walk.ts";

export const recursion: Rule = {
  name: "recursion",
  summary: "blocks and constants do not reach themselves",
  run({ loaded: { module }, reporter }) {
    const byName = new Map<string, { readonly name: Name; readonly declaration: Declaration }>();
    for (const declaration of module.declarations) {
      if (declaration.kind !== "block" && declaration.kind !== "let") continue;
      for (const name of declaredNames(declaration)) byName.set(name.text, { name, declaration });
    }
    const reaches = new Map<string, readonly string[]>();
    for (const [text, { declaration }] of byName) {
      reaches.set(
        text,
        [...freeNames(declaration)].filter((name) => byName.has(name)),
      );
    }
    const done = new Set<string>();
    for (const start of byName.keys()) {
      if (done.has(start)) continue;
      const circle = findCircle(start, reaches, done);
      if (!circle) continue;
      const first = byName.get(circle[0] ?? "");
      if (first) reporter.report("recursion", first.name.span, { chain: circle.join(" → ") });
    }
  },
};

/** Depth-first: a path that comes back to a name on it, or undefined. Every name is looked at once. */
function findCircle(
  start: string,
  reaches: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
): readonly string[] | undefined {
  const path: string[] = [];
  const stack: { name: string; next: number }[] = [{ name: start, next: 0 }];
  path.push(start);
  let found: readonly string[] | undefined;
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const target = reaches.get(top.name)?.[top.next];
    top.next += 1;
    if (target === undefined) {
      done.add(top.name);
      stack.pop();
      path.pop();
      continue;
    }
    const at = path.indexOf(target);
    if (at >= 0) found ??= [...path.slice(at), target];
    else if (!done.has(target)) {
      stack.push({ name: target, next: 0 });
      path.push(target);
    }
  }
  return found;
}

/** Names that a declaration takes from its file. The right side of a `let` does not see the name it gives. */
function freeNames(declaration: Declaration): ReadonlySet<string> {
  const free = new Set<string>();
  const visitor = { unknown: (name: string) => void free.add(name), closed: () => undefined };
  const names = childNames(undefined);
  if (declaration.kind === "let") {
    walkExpr(declaration.value, names, visitor);
    for (const name of declaredNames(declaration)) free.delete(name.text);
  }
  if (declaration.kind === "block") walkBlock(declaration, names, visitor);
  return free;
}

/** A block's parameters with their types and defaults, then its body. */
export function walkBlock(
  block: Block,
  outer: Names,
  visitor: Parameters<typeof walkBody>[2],
): void {
  const names = childNames(outer);
  for (const param of block.lists.flat()) bind(names, param.name, param.name.text, "parameter");
  for (const param of block.lists.flat()) if (param.type) walkType(param.type, names, visitor);
  for (const param of block.lists.flat())
    if (param.default) walkExpr(param.default, names, visitor);
  if (block.result) walkType(block.result, names, visitor);
  walkBody(block.body, names, visitor);
}
