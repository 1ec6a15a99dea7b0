// Grammar rules of declarations. The whole grammar in docs/language.md is the contract.
// Chevrotain looks for ambiguities when a parser is made with `skipValidations: false`; a test does so.

import type { IToken } from "chevrotain";
import type {
  Block,
  Body,
  Data,
  Declaration,
  Decode,
  Entry,
  Expr,
  Field,
  Import,
  Let,
  Module,
  Param,
  Phase,
  Train,
  Type,
} from "./ast.ts";
import type { Reporter } from "./diagnostic.ts";
import type { Lexed } from "./lexer.ts";
import type { Rule } from "./parser-expressions.ts";
import { BodyParser } from "./parser-bodies.ts";
import type { SourceFile, Span } from "./source.ts";
import { defined } from "./to-ast.ts";
import { Name, StringLiteral, symbol as s, word as w } from "./tokens.ts";

type ImportedName = Import["names"][number];

const errorType = (span: Span): Type => ({ kind: "error", optional: false, span });

export class Parser extends BodyParser {
  constructor(options: { readonly skipValidations: boolean } = { skipValidations: true }) {
    super(options.skipValidations);
    this.performSelfAnalysis();
    this.ready = true;
  }

  parse(file: SourceFile, lexed: Lexed, reporter: Reporter): Module {
    this.begin(file, lexed, reporter);
    const declarations = this.module();
    this.finish();
    return { file, declarations };
  }

  readonly module: Rule<Declaration[]> = this.RULE("module", (): Declaration[] => {
    const declarations: Declaration[] = [];
    do {
      this.MANY(() => {
        const found = this.item("file", undefined, () => this.SUBRULE(this.declaration));
        if (found !== undefined) declarations.push(found);
      });
    } while (this.strays("file"));
    return declarations;
  });

  readonly declaration: Rule<Declaration> = this.RULE("declaration", (): Declaration =>
    this.OR<Declaration>([
      { ALT: () => this.SUBRULE(this.import) },
      { ALT: () => this.SUBRULE(this.let) },
      { ALT: () => this.SUBRULE(this.block) },
      { ALT: () => this.SUBRULE(this.data) },
      { ALT: () => this.SUBRULE(this.train) },
      { ALT: () => this.SUBRULE(this.decode) },
    ]),
  );

  readonly import: Rule<Import> = this.RULE("import", (): Import => {
    const { start, documented } = this.opening();
    const names: ImportedName[] = [];
    this.CONSUME(w.import);
    this.CONSUME(s.LeftBrace);
    this.OPTION(() => {
      names.push(this.SUBRULE(this.importedName));
      this.MANY(() => {
        this.CONSUME(s.Comma);
        names.push(this.SUBRULE2(this.importedName));
      });
      this.OPTION2(() => this.CONSUME2(s.Comma));
    });
    this.CONSUME(s.RightBrace, { ERR_MSG: "a name…}" });
    this.CONSUME(w.from);
    const token = this.CONSUME(StringLiteral, { ERR_MSG: "the path of a file as a string" });
    const from = { text: this.string(token), span: this.span(token) };
    return { kind: "import", ...documented, names, from, span: this.from(start) };
  });

  readonly importedName: Rule<ImportedName> = this.RULE("importedName", (): ImportedName => {
    const name = this.name(this.CONSUME(Name));
    const alias = this.OPTION(() => {
      this.CONSUME(w.as);
      return this.name(this.CONSUME2(Name));
    });
    return { name, alias: alias ?? name };
  });

  readonly block: Rule<Block> = this.RULE("block", (): Block => {
    const { start, documented } = this.opening();
    const model = this.OR([
      { ALT: () => this.CONSUME(w.block) && false },
      { ALT: () => this.CONSUME(w.model) && true },
    ]);
    const name = this.name(this.CONSUME(Name));
    const lists: Param[][] = [];
    this.MANY(() => {
      const open = this.LA(1);
      lists.push(this.SUBRULE(this.params));
      if (lists.length === 3) this.tooManyLists(open);
    });
    const result = this.OPTION(() => {
      this.CONSUME(s.Arrow);
      return this.head(
        () => this.SUBRULE(this.type),
        errorType,
        (from, at) => this.row.afterHead(from, at, true),
      );
    });
    const body = this.hidesOpening() ? this.SUBRULE(this.body) : this.blockBody(result);
    const span = this.from(start);
    const kept = lists.slice(0, 2);
    const optional = defined({ result });
    return { kind: "block", ...documented, model, name, lists: kept, ...optional, body, span };
  });

  /** `= expr` or a body; part of the rule above. */
  private blockBody(result: Type | undefined): Body {
    return this.OR2<Body>({
      ERR_MSG: result === undefined ? "a parameter list, `->`, `=` or `{`" : "`=` or `{`",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(s.Equals);
            const first = this.LA(1);
            const value = this.value();
            return this.ACTION(() => this.result(first, value));
          },
        },
        { ALT: () => this.SUBRULE2(this.body) },
      ],
    });
  }

  private tooManyLists(open: IToken): void {
    const help = "settings stand in the first list, inputs in the second";
    this.report("too-many-lists", this.from(open), {}, { help });
  }

  readonly params: Rule<Param[]> = this.RULE("params", (): Param[] => {
    const found: Param[] = [];
    this.head(
      () => {
        this.CONSUME(s.LeftParen);
        this.OPTION(() => {
          found.push(this.SUBRULE(this.param));
          this.MANY(() => {
            this.CONSUME(s.Comma);
            found.push(this.SUBRULE2(this.param));
          });
          this.OPTION2(() => this.CONSUME2(s.Comma));
        });
        this.CONSUME(s.RightParen, { ERR_MSG: "a parameter…)" });
      },
      () => undefined,
      (open, at) => this.row.afterList(open, at),
    );
    return found;
  });

  readonly param: Rule<Param> = this.RULE("param", (): Param => {
    const start = this.LA(1);
    const name = this.name(this.CONSUME(Name));
    const type = this.OPTION(() => {
      this.CONSUME(s.Colon);
      return this.SUBRULE(this.type);
    });
    const value = this.OPTION2(() => {
      this.CONSUME(s.Equals);
      return this.SUBRULE(this.expr);
    });
    return { name, ...defined({ type, default: value }), span: this.from(start) };
  });

  // ---- data, training, decoding

  /** The value before the `{` of a declaration. */
  private headValue(): Expr {
    return this.head(
      () => this.SUBRULE8(this.expr),
      this.missing,
      (from, at) => this.row.afterHead(from, at, false),
    );
  }

  readonly data: Rule<Data> = this.RULE("data", (): Data => {
    const { start, documented } = this.opening();
    this.CONSUME(w.data);
    const name = this.name(this.CONSUME(Name));
    this.CONSUME(s.Equals);
    const reader = this.headValue();
    const items: (Let | Field | Entry)[] = [];
    this.OPTION(() => {
      this.items(items, "data", () => this.SUBRULE(this.dataItem));
    });
    return { kind: "data", ...documented, name, reader, items, span: this.from(start) };
  });

  readonly dataItem: Rule<Let | Field | Entry> = this.RULE("dataItem", (): Let | Field | Entry =>
    this.OR<Let | Field | Entry>([
      { ALT: () => this.SUBRULE(this.let) },
      { ALT: () => this.SUBRULE(this.field) },
      { ALT: () => this.SUBRULE(this.entry) },
    ]),
  );

  readonly field: Rule<Field> = this.RULE("field", (): Field => {
    const { start, documented } = this.opening();
    this.CONSUME(w.field);
    const name = this.name(this.CONSUME(Name));
    this.CONSUME(s.Colon);
    const type = this.SUBRULE(this.type);
    const value = this.OPTION(() => {
      this.CONSUME(s.Equals);
      return this.value();
    });
    const span = this.from(start);
    return { kind: "field", ...documented, name, type, ...defined({ value }), span };
  });

  readonly entry: Rule<Entry> = this.RULE("entry", (): Entry => {
    const { start, documented } = this.opening();
    const name = this.name(this.CONSUME(Name));
    this.CONSUME(s.Equals);
    const value = this.value();
    return { kind: "entry", ...documented, name, value, span: this.from(start) };
  });

  readonly train: Rule<Train> = this.RULE("train", (): Train => {
    const { start, documented } = this.opening();
    this.CONSUME(w.train);
    const name = this.OPTION(() => {
      const token = this.CONSUME(Name);
      this.CONSUME(s.Equals);
      return this.name(token);
    });
    const model = this.SUBRULE(this.expr);
    this.CONSUME(w.on);
    const data = this.headValue();
    const items: (Let | Phase | Entry)[] = [];
    this.items(items, "train", () => this.SUBRULE(this.trainItem));
    const span = this.from(start);
    return { kind: "train", ...documented, ...defined({ name }), model, data, items, span };
  });

  readonly trainItem: Rule<Let | Phase | Entry> = this.RULE("trainItem", (): Let | Phase | Entry =>
    this.OR<Let | Phase | Entry>([
      { ALT: () => this.SUBRULE(this.let) },
      { ALT: () => this.SUBRULE(this.phase) },
      { ALT: () => this.SUBRULE(this.entry) },
    ]),
  );

  readonly phase: Rule<Phase> = this.RULE("phase", (): Phase => {
    const { start, documented } = this.opening();
    this.CONSUME(w.phase);
    const name = this.name(this.CONSUME(Name));
    const entries: Entry[] = [];
    this.items(entries, "phase", () => this.SUBRULE(this.entry));
    return { kind: "phase", ...documented, name, entries, span: this.from(start) };
  });

  readonly decode: Rule<Decode> = this.RULE("decode", (): Decode => {
    const { start, documented } = this.opening();
    this.CONSUME(w.decode);
    const name = this.name(this.CONSUME(Name));
    this.CONSUME(s.Equals);
    const training = this.headValue();
    const items: (Let | Entry)[] = [];
    this.items(items, "decode", () => this.SUBRULE(this.decodeItem));
    return { kind: "decode", ...documented, name, training, items, span: this.from(start) };
  });

  readonly decodeItem: Rule<Let | Entry> = this.RULE("decodeItem", (): Let | Entry =>
    this.OR<Let | Entry>([
      { ALT: () => this.SUBRULE(this.let) },
      { ALT: () => this.SUBRULE(this.entry) },
    ]),
  );
}
