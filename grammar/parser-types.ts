// Grammar rules of patterns, types and dimensions.

import type { DimExpr, Pattern, Type } from "./ast.ts";
import { sumLevel } from "./operators.ts";
import { ExpressionParser, type Rule } from "./parser-expressions.ts";
import { defined, toTupleType } from "./to-ast.ts";
import { Name, StringLiteral, symbol as s, word as w } from "./tokens.ts";

type ChoiceOption = Extract<Type, { kind: "choice" }>["options"][number];
type TupleItem = Extract<Type, { kind: "tuple" }>["items"][number];

export abstract class TypeParser extends ExpressionParser {
  /** What a `let` binds: a name or a tuple of patterns. */
  readonly pattern: Rule<Pattern> = this.RULE("pattern", () => {
    this.enter("this pattern");
    const start = this.LA(1);
    const result = this.OR<Pattern>({
      ERR_MSG: "a name or a tuple of names",
      DEF: [
        {
          ALT: () => {
            const name = this.name(this.CONSUME(Name));
            return { kind: "name", name, span: name.span };
          },
        },
        {
          ALT: () => {
            const items: Pattern[] = [];
            let comma = false;
            this.CONSUME(s.LeftParen);
            items.push(this.SUBRULE(this.pattern));
            this.MANY(() => {
              this.CONSUME(s.Comma);
              items.push(this.SUBRULE2(this.pattern));
            });
            this.OPTION(() => {
              this.CONSUME2(s.Comma);
              comma = true;
            });
            this.CONSUME(s.RightParen, { ERR_MSG: "a name…)" });
            // As in an expression, `(a)` is `a`.
            const [only] = items;
            return only !== undefined && items.length === 1 && !comma
              ? only
              : { kind: "tuple", items, span: this.from(start) };
          },
        },
      ],
    });
    this.leave();
    return result;
  });

  readonly type: Rule<Type> = this.RULE("type", () => {
    this.enter("this type");
    const start = this.LA(1);
    const plain = this.OR<Type>({
      ERR_MSG: "a type",
      DEF: [
        {
          ALT: () => {
            const options: ChoiceOption[] = [];
            this.AT_LEAST_ONE_SEP({
              SEP: s.Bar,
              DEF: () => {
                const token = this.CONSUME(StringLiteral);
                options.push({ text: this.string(token), span: this.span(token) });
              },
            });
            return { kind: "choice", options, optional: false, span: this.from(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(w.list);
            this.CONSUME(s.LeftBracket);
            const of = this.SUBRULE(this.type);
            this.CONSUME(s.RightBracket);
            return { kind: "list", of, optional: false, span: this.from(start) };
          },
        },
        { ALT: () => this.SUBRULE(this.tupleType) },
        {
          ALT: () => {
            const name = this.name(this.CONSUME(Name));
            const shape = this.OPTION(() => this.SUBRULE(this.shape));
            const span = this.from(start);
            return shape === undefined
              ? { kind: "named", name, optional: false, span }
              : { kind: "tensor", element: name, shape, optional: false, span };
          },
        },
        {
          ALT: () => {
            const shape = this.SUBRULE2(this.shape);
            return { kind: "tensor", shape, optional: false, span: this.from(start) };
          },
        },
      ],
    });
    const optional = this.OPTION2(() => this.CONSUME(s.Question)) !== undefined;
    this.leave();
    return optional
      ? this.ACTION(() => ({ ...plain, optional: true, span: this.from(start) }))
      : plain;
  });

  readonly tupleType: Rule<Type> = this.RULE("tupleType", () => {
    const start = this.LA(1);
    const items: TupleItem[] = [];
    let comma = false;
    this.CONSUME(s.LeftParen);
    items.push(this.SUBRULE(this.tupleItem));
    this.MANY(() => {
      this.CONSUME(s.Comma);
      items.push(this.SUBRULE2(this.tupleItem));
    });
    this.OPTION(() => {
      this.CONSUME2(s.Comma);
      comma = true;
    });
    this.CONSUME(s.RightParen, { ERR_MSG: "a type…)" });
    return this.ACTION(() => toTupleType(items, comma, this.from(start)));
  });

  readonly tupleItem: Rule<TupleItem> = this.RULE("tupleItem", () => {
    const name = this.OPTION(() => {
      const token = this.CONSUME(Name);
      this.CONSUME(s.Colon);
      return this.name(token);
    });
    return { ...defined({ name }), type: this.SUBRULE(this.type) };
  });

  readonly shape: Rule<DimExpr[]> = this.RULE("shape", () => {
    const dims: DimExpr[] = [];
    this.CONSUME(s.LeftBracket);
    this.OPTION(() => {
      dims.push(this.SUBRULE(this.dim));
      this.MANY(() => {
        this.CONSUME(s.Comma);
        dims.push(this.SUBRULE2(this.dim));
      });
      this.OPTION2(() => this.CONSUME2(s.Comma));
    });
    this.CONSUME(s.RightBracket, { ERR_MSG: "a dimension…]" });
    return dims;
  });

  readonly dim: Rule<DimExpr> = this.RULE("dim", () => {
    const start = this.LA(1);
    return this.OR<DimExpr>({
      ERR_MSG: "a dimension",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(s.Rest);
            const name = this.OPTION(() => this.name(this.CONSUME(Name)));
            return { kind: "rest", ...defined({ name }), span: this.from(start) };
          },
        },
        {
          ALT: () => {
            const value = this.SUBRULE(this.operation, { ARGS: [sumLevel] });
            return { kind: "dim", value, span: this.from(start) };
          },
        },
      ],
    });
  });
}
