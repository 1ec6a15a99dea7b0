// The local variables of a function, found by walking its body, in the order in which they are numbered.

import { postfix, type Expr, type Func, type Local, type Statement, type ValueType } from "./ir.ts";

const types: readonly ValueType[] = ["i32", "i64", "f32", "f64", "v128"];

/** Parameters first, then the others by type, each type in order of first appearance. */
export function localsOf(func: Func): readonly Local[] {
  const params = new Set(func.params);
  const found = new Set<Local>();
  const note = (local: Local): void => {
    if (!params.has(local)) found.add(local);
  };
  const visit = (value: Expr): void => {
    for (const part of postfix(value)) if (part.kind === "get") note(part.local);
  };
  const visitAll = (body: readonly Statement[]): void => {
    for (const statement of body) {
      for (const value of valuesOf(statement)) visit(value);
      if (statement.kind === "set") note(statement.local);
      if (statement.kind === "if") {
        visitAll(statement.then);
        visitAll(statement.otherwise ?? []);
      }
      if (statement.kind === "loop") {
        visitAll(statement.body);
        visit(statement.again);
      }
    }
  };
  visitAll(func.body);
  if (func.result) visit(func.result);
  const byType = types.flatMap((type) => [...found].filter((local) => local.type === type));
  return [...func.params, ...byType];
}

/** Expressions of a statement that are worked out before its parts. */
function valuesOf(statement: Statement): readonly Expr[] {
  switch (statement.kind) {
    case "set":
    case "drop":
      return [statement.value];
    case "store":
      return [statement.address, statement.value];
    case "if":
      return [statement.test];
    case "run":
      return statement.args;
    case "fill":
      return [statement.at, statement.byte, statement.bytes];
    case "copy":
      return [statement.to, statement.from, statement.bytes];
    case "loop":
    case "return":
    case "fence":
    case "trap":
    case "comment":
      return [];
    default:
      return statement satisfies never;
  }
}
