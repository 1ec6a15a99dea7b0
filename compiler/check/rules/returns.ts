// Every path through a body ends in `return`; nothing stands after it.

import type { Body, Expr, Statement } from "../../../grammar/ast.ts";
import type { Reporter } from "../../../grammar/diagnostic.ts";
import type { Rule } from "../rule.ts";
import { lambdasIn } from "../lambdas.ts";

export const returns: Rule = {
  name: "returns",
  summary: "every path through a body ends in `return`",
  run({ loaded: { module }, reporter }) {
    const checkLambdas = (expr: Expr): void => {
      for (const lambda of lambdasIn(expr))
        if (lambda.body.braces) checkBody(lambda.body, "this lambda", reporter);
    };
    const visit = (statements: readonly Statement[]): void => {
      for (const statement of statements) {
        if (statement.kind === "if") {
          checkLambdas(statement.condition);
          visit(statement.then.statements);
          if (statement.else) visit(statement.else.statements);
        } else {
          checkLambdas("init" in statement ? statement.init : statement.value);
        }
      }
    };
    for (const declaration of module.declarations) {
      if (declaration.kind === "let") checkLambdas(declaration.value);
      if (declaration.kind !== "block") continue;
      if (declaration.body.braces)
        checkBody(declaration.body, `\`${declaration.name.text}\``, reporter);
      visit(declaration.body.statements);
    }
  },
};

function checkBody(body: Body, block: string, reporter: Reporter): void {
  if (!ends(body, reporter)) {
    const last = body.statements.at(-1);
    const end = {
      file: body.span.file,
      start: Math.max(body.span.start, body.span.end - 1),
      end: body.span.end,
    };
    reporter.report(
      "missing-return",
      end,
      { block },
      last ? { notes: [{ message: "after this", span: last.span }] } : {},
    );
  }
}

/** Whether every path returns; what stands after a return is reported. */
function ends(body: Body, reporter: Reporter): boolean {
  for (const [i, statement] of body.statements.entries()) {
    if (!statementEnds(statement, reporter)) continue;
    const next = body.statements[i + 1];
    if (next) reporter.report("unreachable", next.span, {});
    return true;
  }
  return false;
}

function statementEnds(statement: Statement, reporter: Reporter): boolean {
  if (statement.kind === "return") return true;
  if (statement.kind !== "if") return false;
  const then = ends(statement.then, reporter);
  const other = statement.else ? ends(statement.else, reporter) : false;
  return then && other;
}
