// Grammar rules of expressions.

import type { IToken, ParserMethod } from "chevrotain";
import type { Argument, Body, Expr, Slice } from "./ast.ts";
import { numberValue } from "./lexer.ts";
import { resolveOperators, type OperatorProblem, type Part } from "./operators.ts";
import { ParserBase } from "./parser-base.ts";
import { stringValue } from "./strings.ts";
import { defined, toInfix, toPattern, toPrefix, toTuple } from "./to-ast.ts";
import {
  Infix,
  Name,
  NumberLiteral,
  Prefix,
  StringLiteral,
  symbol as s,
  word as w,
} from "./tokens.ts";

export type Rule<Result, Arguments extends unknown[] = []> = ParserMethod<Arguments, Result>;

type ListItem = Extract<Expr, { kind: "list" }>["items"][number];
type RecordEntry = Extract<Expr, { kind: "record" }>["entries"][number];

export abstract class ExpressionParser extends ParserBase {
  /** A body behind `=>`: at least one statement, since `{}` is a record. */
  protected abstract readonly lambdaBody: Rule<Body>;

  /** Loosest level: `if … then … else …`, lambdas, and whatever operators make. */
  readonly expr: Rule<Expr> = this.RULE("expr", () => {
    this.enter("this expression");
    const start = this.LA(1);
    const result = this.OR<Expr>({
      ERR_MSG: "an expression",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(w.if);
            const condition = this.SUBRULE(this.expr);
            this.CONSUME(w.then);
            const then = this.SUBRULE2(this.expr);
            this.CONSUME(w.else);
            const otherwise = this.SUBRULE3(this.expr);
            // oxlint-disable-next-line unicorn/no-thenable -- the field of a node, never awaited
            return { kind: "if", condition, then, else: otherwise, span: this.from(start) };
          },
        },
        {
          ALT: () => {
            const head = this.SUBRULE(this.operation);
            const lambda = this.OPTION(() => {
              const arrow = this.CONSUME(s.FatArrow);
              const body = this.SUBRULE(this.lambdaTail);
              return this.ACTION(() => this.lambda(start, head, arrow, body));
            });
            return lambda ?? head;
          },
        },
      ],
    });
    this.leave();
    return result;
  });

  private lambda(start: IToken, head: Expr, arrow: IToken, body: Body): Expr {
    const span = this.from(start);
    const pattern = toPattern(head);
    if (pattern !== undefined) return { kind: "lambda", pattern, body, span };
    const at = { file: this.file, start: start.startOffset, end: arrow.startOffset };
    const text = this.file.text.slice(at.start, at.end).trimEnd();
    this.report("bad-pattern", { ...at, end: at.start + text.length }, {}, patternHelp(head));
    const unread = { text: "_", span: head.span };
    return { kind: "lambda", pattern: { kind: "name", name: unread, span: head.span }, body, span };
  }

  readonly lambdaTail: Rule<Body> = this.RULE("lambdaTail", () => {
    const start = this.LA(1);
    return this.OR<Body>({
      ERR_MSG: "a body or an expression",
      DEF: [
        { ALT: () => this.SUBRULE(this.lambdaBody) },
        {
          ALT: () => {
            const value = this.SUBRULE(this.expr);
            return this.ACTION(() => this.result(start, value));
          },
        },
      ],
    });
  });

  /** The body that a single expression makes. */
  protected result(start: IToken, value: Expr): Body {
    const span = this.from(start);
    return { statements: [{ kind: "return", value, span }], braces: false, span };
  }

  /** Everything that operators make, read as a flat row. `loosest` limits the operators. */
  readonly operation: Rule<Expr, [number?]> = this.RULE("operation", (loosest?: number) => {
    const parts: Part[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Infix,
      ERR_MSG: "an expression",
      DEF: () => {
        if (parts.length > 0) parts.push(toInfix(this.file, this.LA(0)));
        this.MANY(() => {
          const token = this.CONSUME(Prefix);
          parts.push(toPrefix(this.file, token));
        });
        const start = this.LA(1);
        const expr = this.SUBRULE(this.postfix);
        parts.push({ kind: "operand", expr, span: this.from(start) });
      },
    });
    return this.ACTION(() => this.resolve(parts, loosest));
  });

  private resolve(parts: readonly Part[], loosest?: number): Expr {
    const [only] = parts;
    if (only?.kind === "operand" && parts.length === 1) return only.expr;
    return resolveOperators(parts, (problem) => this.operatorProblem(problem), loosest).expr;
  }

  private operatorProblem({ kind, span, operator }: OperatorProblem): void {
    if (kind === "chained") {
      this.reportLater("chained-comparison", span, {}, { help: "join two comparisons with `and`" });
    } else if (kind === "too-deep") {
      this.report("too-deep", span, { what: "this row of operators" });
    } else if (kind === "not-inside") {
      const help = "`not` binds more loosely than the operator before it: write `(not …)`";
      this.report("needs-parentheses", span, { what: "`not`" }, { help });
    } else {
      this.report("syntax", span, {
        found: `\`${operator}\``,
        expected: "a dimension made with `+ - * / %`",
      });
    }
  }

  /** A primary expression with its calls, indices and members. */
  readonly postfix: Rule<Expr> = this.RULE("postfix", () => {
    const start = this.LA(1);
    let result = this.OR<Expr>({
      ERR_MSG: "an expression",
      DEF: [
        { ALT: () => this.number(this.CONSUME(NumberLiteral)) },
        {
          ALT: () => {
            const token = this.CONSUME(StringLiteral);
            return { kind: "string", value: this.string(token), span: this.span(token) };
          },
        },
        { ALT: () => ({ kind: "bool", value: true, span: this.span(this.CONSUME(w.true)) }) },
        { ALT: () => ({ kind: "bool", value: false, span: this.span(this.CONSUME(w.false)) }) },
        { ALT: () => ({ kind: "none", span: this.span(this.CONSUME(w.none)) }) },
        {
          ALT: () => {
            const { text, span } = this.name(this.CONSUME(Name));
            return { kind: "name", name: text, span };
          },
        },
        { ALT: () => this.SUBRULE(this.parenthesised) },
        { ALT: () => this.SUBRULE(this.listOf) },
        { ALT: () => this.SUBRULE(this.record) },
      ],
    });
    this.MANY(() => {
      result = this.OR2<Expr>([
        {
          ALT: () => {
            const args = this.SUBRULE(this.callArguments);
            return { kind: "call", callee: result, arguments: args, span: this.from(start) };
          },
        },
        {
          ALT: () => {
            const slices = this.SUBRULE(this.indexSlices);
            return { kind: "index", target: result, slices, span: this.from(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(s.Dot);
            const name = this.name(this.CONSUME2(Name, { ERR_MSG: "a name after `.`" }));
            return { kind: "member", target: result, name, span: this.from(start) };
          },
        },
      ]);
    });
    return result;
  });

  private number(token: IToken): Expr {
    return { kind: "number", ...numberValue(token.image), span: this.span(token) };
  }

  protected string(token: IToken): string {
    return stringValue(this.file, token, this.reporter);
  }

  readonly parenthesised: Rule<Expr> = this.RULE("parenthesised", () => {
    const start = this.LA(1);
    const items: Expr[] = [];
    let comma = false;
    this.CONSUME(s.LeftParen);
    this.OPTION(() => {
      items.push(this.SUBRULE(this.expr));
      this.MANY(() => {
        this.CONSUME(s.Comma);
        items.push(this.SUBRULE2(this.expr));
      });
      this.OPTION2(() => {
        this.CONSUME2(s.Comma);
        comma = true;
      });
    });
    this.CONSUME(s.RightParen, { ERR_MSG: "an expression…)" });
    return this.ACTION(() => toTuple(items, comma, this.from(start)));
  });

  readonly listOf: Rule<Expr> = this.RULE("listOf", () => {
    const start = this.LA(1);
    const items: ListItem[] = [];
    this.CONSUME(s.LeftBracket);
    this.OPTION(() => {
      items.push(this.SUBRULE(this.listItem));
      this.MANY(() => {
        this.CONSUME(s.Comma);
        items.push(this.SUBRULE2(this.listItem));
      });
      this.OPTION2(() => this.CONSUME2(s.Comma));
    });
    this.CONSUME(s.RightBracket, { ERR_MSG: "an element…]" });
    const list: Expr = { kind: "list", items, span: this.from(start) };
    return list;
  });

  readonly listItem: Rule<ListItem> = this.RULE("listItem", () => {
    const spread = this.OPTION(() => this.CONSUME(s.Rest)) !== undefined;
    return { spread, value: this.SUBRULE(this.expr) };
  });

  readonly record: Rule<Expr> = this.RULE("record", () => {
    const start = this.LA(1);
    const entries: RecordEntry[] = [];
    this.CONSUME(s.LeftBrace);
    this.OPTION(() => {
      entries.push(this.SUBRULE(this.pair));
      this.MANY(() => {
        this.CONSUME(s.Comma);
        entries.push(this.SUBRULE2(this.pair));
      });
      this.OPTION2(() => this.CONSUME2(s.Comma));
    });
    this.CONSUME(s.RightBrace, { ERR_MSG: "an entry…}" });
    const record: Expr = { kind: "record", entries, span: this.from(start) };
    return record;
  });

  readonly pair: Rule<RecordEntry> = this.RULE("pair", () => {
    let quoted = false;
    const key = this.OR({
      ERR_MSG: "a name or a string",
      DEF: [
        { ALT: () => this.name(this.CONSUME(Name)) },
        {
          ALT: () => {
            quoted = true;
            const token = this.CONSUME(StringLiteral);
            return { text: this.string(token), span: this.span(token) };
          },
        },
      ],
    });
    this.CONSUME(s.Equals);
    return { key, quoted, value: this.SUBRULE(this.expr) };
  });

  readonly callArguments: Rule<Argument[]> = this.RULE("callArguments", () => {
    const found: Argument[] = [];
    this.CONSUME(s.LeftParen);
    this.OPTION(() => {
      found.push(this.SUBRULE(this.argument));
      this.MANY(() => {
        this.CONSUME(s.Comma);
        found.push(this.SUBRULE2(this.argument));
      });
      this.OPTION2(() => this.CONSUME2(s.Comma));
    });
    this.CONSUME(s.RightParen, { ERR_MSG: "an argument…)" });
    return found;
  });

  readonly argument: Rule<Argument> = this.RULE("argument", () => {
    const start = this.LA(1);
    const name = this.OPTION(() => {
      const token = this.CONSUME(Name);
      this.CONSUME(s.Equals);
      return this.name(token);
    });
    const value = this.SUBRULE(this.expr);
    return { ...defined({ name }), value, span: this.from(start) };
  });

  readonly indexSlices: Rule<Slice[]> = this.RULE("indexSlices", () => {
    const slices: Slice[] = [];
    this.CONSUME(s.LeftBracket);
    slices.push(this.SUBRULE(this.slice));
    this.MANY(() => {
      this.CONSUME(s.Comma);
      slices.push(this.SUBRULE2(this.slice));
    });
    this.OPTION(() => this.CONSUME2(s.Comma));
    this.CONSUME(s.RightBracket, { ERR_MSG: "an index…]" });
    return slices;
  });

  readonly slice: Rule<Slice> = this.RULE("slice", () => {
    const start = this.LA(1);
    return this.OR<Slice>({
      ERR_MSG: "an index",
      DEF: [
        { ALT: () => ({ kind: "rest", span: this.span(this.CONSUME(s.Rest)) }) },
        {
          ALT: () => {
            this.CONSUME(s.Colon);
            const bounds = this.SUBRULE(this.sliceTail);
            return { kind: "range", ...bounds, span: this.from(start) };
          },
        },
        {
          ALT: () => {
            const value = this.SUBRULE(this.expr);
            const bounds = this.OPTION(() => {
              this.CONSUME2(s.Colon);
              return this.SUBRULE2(this.sliceTail);
            });
            const span = this.from(start);
            return bounds === undefined
              ? { kind: "at", value, span }
              : { kind: "range", from: value, ...bounds, span };
          },
        },
      ],
    });
  });

  /** What follows the first colon of a slice. */
  readonly sliceTail: Rule<{ to?: Expr; step?: Expr }> = this.RULE("sliceTail", () => {
    const to = this.OPTION(() => this.SUBRULE(this.expr));
    const step = this.OPTION2(() => {
      this.CONSUME(s.Colon);
      return this.SUBRULE2(this.expr);
    });
    return defined({ to, step });
  });
}

function patternHelp(head: Expr): { help: string } {
  return {
    help:
      head.kind === "pipe" || head.kind === "binary"
        ? "put the lambda in parentheses: `a |> (x => …)`"
        : "write `x => …` or `(x, y) => …`",
  };
}
