// Lambdas anywhere in an expression, outer ones first.

import type { Expr, Statement } from "../../grammar/ast.ts";

type Lambda = Extract<Expr, { readonly kind: "lambda" }>;

export function* lambdasIn(expr: Expr): Generator<Lambda> {
  const stack: Expr[] = [expr];
  for (let at = stack.pop(); at; at = stack.pop()) {
    if (at.kind === "lambda") {
      yield at;
      for (const part of statementExprs(at.body.statements)) stack.push(part);
    } else stack.push(...partsOf(at));
  }
}

/** Expressions that stand directly in statements, those of branches included. */
export function* statementExprs(statements: readonly Statement[]): Generator<Expr> {
  for (const statement of statements) {
    switch (statement.kind) {
      case "let":
      case "update":
      case "return":
        yield statement.value;
        break;
      case "param":
      case "state":
        yield statement.init;
        break;
      case "if":
        yield statement.condition;
        yield* statementExprs(statement.then.statements);
        if (statement.else) yield* statementExprs(statement.else.statements);
        break;
      default:
        statement satisfies never;
    }
  }
}

/** The expressions directly inside one that is no lambda. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "tuple":
      return expr.items;
    case "list":
      return expr.items.map((item) => item.value);
    case "record":
      return expr.entries.map((entry) => entry.value);
    case "if":
      return [expr.condition, expr.then, expr.else];
    case "pipe":
    case "binary":
      return [expr.left, expr.right];
    case "unary":
      return [expr.operand];
    case "call":
      return [expr.callee, ...expr.arguments.map((argument) => argument.value)];
    case "index":
      return [
        expr.target,
        ...expr.slices.flatMap((slice) =>
          slice.kind === "at"
            ? [slice.value]
            : slice.kind === "range"
              ? [slice.from, slice.to, slice.step].filter((part) => part !== undefined)
              : [],
        ),
      ];
    case "member":
      return [expr.target];
    case "lambda":
    case "number":
    case "string":
    case "bool":
    case "none":
    case "name":
    case "error":
      return [];
    default:
      return expr satisfies never;
  }
}
