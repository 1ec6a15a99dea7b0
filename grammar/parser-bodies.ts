// Grammar rules of bodies and their statements.

import type { IToken } from "chevrotain";
import type { Body, Expr, If, Let, Return, Statement, TensorDeclaration, Update } from "./ast.ts";
import type { Rule } from "./parser-expressions.ts";
import { TypeParser } from "./parser-types.ts";
import type { Context } from "./recovery.ts";
import { defined } from "./to-ast.ts";
import { Name, symbol as s, word as w } from "./tokens.ts";

export abstract class BodyParser extends TypeParser {
  /** Where a node starts, and the documentation before it. */
  protected opening(): { start: IToken; documented: { doc?: string } } {
    const start = this.LA(1);
    return { start, documented: defined({ doc: this.docBefore(start) }) };
  }

  /** The value at the end of an item. */
  protected value(): Expr {
    return this.tail(() => this.SUBRULE9(this.expr), this.missing);
  }

  private push<T>(items: T[], context: Context, open: IToken, read: () => T): void {
    const found = this.item(context, open, read);
    if (found !== undefined) items.push(found);
  }

  /** Items between braces. A rule may call it once. */
  protected items<T>(items: T[], context: Context, read: () => T): void {
    const open = this.LA(1);
    if (!this.lacksOpening()) this.CONSUME9(s.LeftBrace);
    this.beginItems();
    this.itemsAfter(open, items, context, read);
  }

  /** The same after the opening brace. */
  protected itemsAfter<T>(open: IToken, items: T[], context: Context, read: () => T): void {
    do {
      this.MANY9({
        GATE: () => this.goesOn(),
        DEF: () => this.push(items, context, open, read),
      });
    } while (this.strays(context, open));
    if (!this.lacksClosing()) this.CONSUME9(s.RightBrace);
  }

  readonly let: Rule<Let> = this.RULE("let", (): Let => {
    const { start, documented } = this.opening();
    this.CONSUME(w.let);
    const pattern = this.SUBRULE(this.pattern);
    const type = this.OPTION(() => {
      this.CONSUME(s.Colon);
      return this.SUBRULE(this.type);
    });
    this.CONSUME(s.Equals);
    const value = this.value();
    const span = this.from(start);
    return { kind: "let", ...documented, pattern, ...defined({ type }), value, span };
  });

  readonly body: Rule<Body> = this.RULE("body", (): Body => {
    this.enter("this body");
    const start = this.LA(1);
    const statements: Statement[] = [];
    this.items(statements, "body", () => this.SUBRULE(this.statement));
    this.leave();
    return { statements, braces: true, span: this.from(start) };
  });

  protected readonly lambdaBody: Rule<Body> = this.RULE("lambdaBody", (): Body => {
    this.enter("this body");
    const open = this.CONSUME(s.LeftBrace);
    const statements: Statement[] = [];
    this.push(statements, "body", open, () => this.SUBRULE(this.statement));
    this.itemsAfter(open, statements, "body", () => this.SUBRULE2(this.statement));
    this.leave();
    return { statements, braces: true, span: this.from(open) };
  });

  readonly statement: Rule<Statement> = this.RULE("statement", (): Statement =>
    this.OR<Statement>([
      { ALT: () => this.SUBRULE(this.let) },
      { ALT: () => this.SUBRULE(this.tensor) },
      { ALT: () => this.SUBRULE(this.update) },
      { ALT: () => this.SUBRULE(this.if) },
      { ALT: () => this.SUBRULE(this.return) },
    ]),
  );

  readonly tensor: Rule<TensorDeclaration> = this.RULE("tensor", (): TensorDeclaration => {
    const { start, documented } = this.opening();
    const kind = this.OR<TensorDeclaration["kind"]>([
      { ALT: () => this.CONSUME(w.param) && "param" },
      { ALT: () => this.CONSUME(w.state) && "state" },
    ]);
    const name = this.name(this.CONSUME(Name));
    this.CONSUME(s.Colon);
    const type = this.SUBRULE(this.type);
    this.CONSUME(s.Equals);
    const init = this.value();
    return { kind, ...documented, name, type, init, span: this.from(start) };
  });

  readonly update: Rule<Update> = this.RULE("update", (): Update => {
    const { start, documented } = this.opening();
    this.CONSUME(w.update);
    const name = this.name(this.CONSUME(Name, { ERR_MSG: "the name of a state" }));
    this.CONSUME(s.Equals);
    const value = this.value();
    return { kind: "update", ...documented, name, value, span: this.from(start) };
  });

  readonly if: Rule<If> = this.RULE("if", (): If => {
    this.enter("this chain of `else if`");
    const { start, documented } = this.opening();
    this.CONSUME(w.if);
    const condition = this.SUBRULE(this.expr);
    const then = this.SUBRULE(this.body);
    const otherwise = this.OPTION(() => {
      this.CONSUME(w.else);
      if (!this.at(w.if) && this.hidesOpening()) return this.SUBRULE3(this.body);
      return this.OR<Body>({
        ERR_MSG: "`{` or `if`",
        DEF: [
          { ALT: () => this.SUBRULE2(this.body) },
          {
            ALT: () => {
              const inner = this.SUBRULE(this.if);
              return { statements: [inner], braces: false, span: inner.span };
            },
          },
        ],
      });
    });
    this.leave();
    const optional = defined({ else: otherwise });
    // oxlint-disable-next-line unicorn/no-thenable -- the field of a node, never awaited
    return { kind: "if", ...documented, condition, then, ...optional, span: this.from(start) };
  });

  readonly return: Rule<Return> = this.RULE("return", (): Return => {
    const { start, documented } = this.opening();
    this.CONSUME(w.return);
    const value = this.value();
    return { kind: "return", ...documented, value, span: this.from(start) };
  });
}
