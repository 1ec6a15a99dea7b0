// Types in bodies and data declarations: parameters, states and fields are tensors, type names are known.

import type { Body } from "../../../grammar/ast.ts";
import type { Reporter } from "../../../grammar/diagnostic.ts";
import type { Type } from "../../../grammar/ast.ts";
import { lambdasIn, statementExprs } from "../lambdas.ts";
import type { Rule } from "../rule.ts";
import { checkType } from "./parameter-lists.ts";

export const types: Rule = {
  name: "types",
  summary: "parameters, states and fields have a shape for their type",
  run({ loaded: { module }, reporter }) {
    for (const declaration of module.declarations) {
      if (declaration.kind === "block") visit(declaration.body, reporter);
      if (declaration.kind === "let" && declaration.type) checkType(declaration.type, reporter);
      if (declaration.kind !== "data") continue;
      for (const item of declaration.items) {
        if (item.kind === "field")
          wantShape(item.type, `the field \`${item.name.text}\``, reporter);
      }
    }
  },
};

function visit(body: Body, reporter: Reporter): void {
  for (const statement of body.statements) {
    if (statement.kind === "param" || statement.kind === "state") {
      const kind = statement.kind === "param" ? "parameter" : "state";
      wantShape(statement.type, `the ${kind} \`${statement.name.text}\``, reporter);
    } else if (statement.kind === "let" && statement.type) {
      checkType(statement.type, reporter);
    } else if (statement.kind === "if") {
      visit(statement.then, reporter);
      if (statement.else) visit(statement.else, reporter);
    }
  }
  for (const expr of statementExprs(body.statements.filter((s) => s.kind !== "if"))) {
    for (const lambda of lambdasIn(expr)) visit(lambda.body, reporter);
  }
}

function wantShape(type: Type, what: string, reporter: Reporter): void {
  if (type.kind === "tensor") checkType(type, reporter);
  else if (type.kind !== "error")
    reporter.report("bad-type", type.span, { what, wanted: "a shape" });
}
