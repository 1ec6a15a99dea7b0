// What the parser's rules share: the state of one run, nesting limits, and recovery. Chevrotain's own
// recovery is off: it knows token types, but the words that start an item here are names elsewhere.

import { EmbeddedActionsParser, type IToken, type TokenType } from "chevrotain";
import type { Expr, Name } from "./ast.ts";
import type { Code, DiagnosticArguments } from "./diagnostic-table.ts";
import { InternalError, Reporter, type DiagnosticDetails } from "./diagnostic.ts";
import type { Lexed } from "./lexer.ts";
import { type Context, type Frame, TokenRow } from "./recovery.ts";
import type { SourceFile, Span } from "./source.ts";
import { strayProblem } from "./stray-problem.ts";
import { messages, syntaxProblem, type Problem } from "./syntax-problem.ts";
import { endOf, spanOf, toName } from "./to-ast.ts";
import { lexerTokens, symbol } from "./tokens.ts";

/** Deepest nesting of brackets, bodies and conditionals. The recursion behind it must fit any stack. */
export const nestingLimit = 80;

const noFile: SourceFile = { path: "", text: "" };
const noTokens: Lexed = { tokens: [], comments: [], docs: new Map(), faults: [] };

/** Ends an item whose mistake is reported and which cannot go on. */
class Abandoned extends Error {
  override readonly name = "Abandoned";
}

export abstract class ParserBase extends EmbeddedActionsParser {
  protected file: SourceFile = noFile;
  protected reporter = new Reporter();
  protected row = new TokenRow(noFile, []);
  /** False while chevrotain records the rules: it calls them without any input then. */
  protected ready = false;
  private lexed: Lexed = noTokens;
  private frames: Frame[] = [];
  private depth = 0;
  /** Offset at which the item begun last starts: a fault of the lexer behind it explains what follows. */
  private itemStart = 0;
  /** True behind a broken declaration: what is indented up to the next one belongs to it. */
  private lost = false;
  /** No reports while this reads on in what a reported mistake left over. */
  private silent = false;
  private reports = 0;
  /** Whether the item that ended last had a mistake: then what follows on its line belongs to it. */
  private lastItemFailed = false;
  /** Reports that a mistake later in the item would explain. */
  private pending: (() => void)[] = [];

  constructor(skipValidations: boolean) {
    super([...lexerTokens], {
      maxLookahead: 3,
      recoveryEnabled: false,
      skipValidations,
      errorMessageProvider: messages,
    });
  }

  protected begin(file: SourceFile, lexed: Lexed, reporter: Reporter): void {
    this.file = file;
    this.reporter = reporter;
    this.lexed = lexed;
    this.row = new TokenRow(file, lexed.tokens);
    this.frames = [];
    this.depth = 0;
    this.itemStart = 0;
    this.lost = false;
    this.silent = false;
    this.lastItemFailed = false;
    this.pending = [];
    this.input = [...lexed.tokens];
  }

  /** Drops what was parsed last, so that a waiting parser holds no text. */
  protected finish(): void {
    this.begin(noFile, noTokens, new Reporter());
  }

  // ---- nodes

  /** The text from a token to the one read last. */
  protected from(start: IToken): Span {
    return { file: this.file, start: start.startOffset, end: endOf(this.LA(0)) };
  }

  protected span(token: IToken): Span {
    return spanOf(this.file, token);
  }

  protected name(token: IToken): Name {
    return toName(this.file, token);
  }

  protected docBefore(start: IToken): string | undefined {
    return this.lexed.docs.get(start.startOffset);
  }

  protected at(type: TokenType, ahead = 1): boolean {
    return this.LA(ahead).tokenType === type;
  }

  // ---- nesting

  protected enter(what: string): void {
    if (!this.ready) return;
    this.depth += 1;
    if (this.depth <= nestingLimit) return;
    const help = "give inner parts a name with `let`";
    this.report("too-deep", this.span(this.LA(1)), { what }, { help });
    throw new Abandoned();
  }

  protected leave(): void {
    if (this.ready) this.depth -= 1;
  }

  // ---- reports and recovery

  protected report<C extends Code>(
    code: C,
    span: Span,
    args: DiagnosticArguments<C>,
    details?: DiagnosticDetails,
  ): void {
    if (!this.ready) return;
    this.reports += 1;
    if (this.silent || this.explained(Math.max(span.start, span.end - 1))) return;
    this.reporter.report(code, span, args, details);
  }

  /** Reports when the item ends well: a bracket too few may have put together what does not belong. */
  protected reportLater(...problem: Parameters<typeof this.report>): void {
    this.pending.push(() => this.report(...problem));
  }

  /** Whether the lexer reported something between the start of the item and an offset. */
  private explained(offset: number): boolean {
    const { faults } = this.lexed;
    let low = 0;
    let high = faults.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((faults[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return (faults[low - 1] ?? -1) >= this.itemStart;
  }

  /** Reads one item. After a mistake that it cannot recover from, reading goes on at the next item. */
  protected item<T>(context: Context, open: IToken | undefined, read: () => T): T | undefined {
    if (!this.ready) return read();
    const start = this.index();
    const frame = { context, start, open: open === undefined ? -1 : this.row.indexOf(open) };
    const { depth, reports } = this;
    const indented = context === "file" && this.row.indentation(start) > 0;
    if (indented && this.lost) this.silent = true;
    this.frames.push(frame);
    this.itemStart = this.LA(1).startOffset;
    try {
      const found = read();
      for (const report of this.pending.splice(0)) report();
      return found;
    } catch (error) {
      if (isMismatch(error) && this.isStray(frame, error)) {
        const next = this.row.resumeAt(frame, this.enclosing(), this.index());
        this.add(strayProblem(this.row, start, next, context));
        this.skipTo(Math.max(start + 1, next));
      } else {
        this.resume(error);
      }
      return undefined;
    } finally {
      this.frames.pop();
      this.depth = depth;
      this.lastItemFailed = this.reports > reports;
      if (context === "file") {
        this.silent = false;
        this.lost = this.lastItemFailed || (this.lost && indented);
      }
    }
  }

  /** Whether what was taken for the start of an item was none: at once, or as a setting without `=`. */
  private isStray({ context, start }: Frame, error: Mismatch): boolean {
    const at = this.row.indexOf(error.token);
    if (at === start) return true;
    return at === start + 1 && context !== "file" && context !== "body" && error.message === "`=`";
  }

  /** Reads the last part of an item. After a mistake in it the item is kept with what `recovered` gives. */
  protected tail<T>(read: () => T, recovered: (span: Span) => T): T {
    if (!this.ready) return read();
    const start = this.LA(1);
    const { depth } = this;
    try {
      return read();
    } catch (error) {
      this.depth = depth;
      this.resume(error);
      return recovered(this.skipped(start));
    }
  }

  /** Reads a part of a declaration's head. After a mistake reading goes on where `next` says; -1 gives up. */
  protected head<T>(
    read: () => T,
    recovered: (span: Span) => T,
    next: (start: number, at: number) => number,
  ): T {
    if (!this.ready) return read();
    const start = this.LA(1);
    const { depth } = this;
    try {
      return read();
    } catch (error) {
      this.explain(error);
      this.depth = depth;
      const goOn = next(this.row.indexOf(start), this.index());
      if (goOn < 0) throw new Abandoned();
      this.skipTo(goOn);
      return recovered(this.skipped(start));
    }
  }

  /** An error node over what was skipped. */
  protected readonly missing = (span: Span): Expr => ({ kind: "error", span });

  private skipped(start: IToken): Span {
    const first = this.row.indexOf(start);
    const last = this.row.tokens[this.index() - 1];
    const begin = this.row.tokens[first]?.startOffset ?? this.file.text.length;
    return { file: this.file, start: begin, end: Math.max(begin, last ? endOf(last) : begin) };
  }

  /**
   * Called where no further item starts. Reports what stands there, skips it, and says whether to look
   * for items again. False at the end of the items, also where their `}` is missing.
   */
  protected strays(context: Context, open?: IToken): boolean {
    if (!this.ready) return false;
    const at = this.index();
    if (at >= this.row.tokens.length) return false;
    const text = this.row.text(at);
    if (context !== "file" && (text === "}" || this.startsOuterDeclaration(at))) return false;
    const token = this.LA(1);
    const closes = text === ")" || text === "]" || text === "}";
    const onNewLine = this.row.startsLine(at);
    if (onNewLine) this.itemStart = token.startOffset;
    const frame = { context, start: at, open: open === undefined ? -1 : this.row.indexOf(open) };
    const next = closes ? at + 1 : this.row.resumeAt(frame, this.frames[0] ?? frame, at);
    const leftOver = onNewLine ? this.belongsToLost(context, at, closes) : this.lastItemFailed;
    if (!leftOver) {
      if (closes) this.report("bracket-mismatch", this.span(token), { bracket: text });
      else this.add(strayProblem(this.row, at, next, context));
      this.lastItemFailed = true;
    }
    this.skipTo(Math.max(at + 1, next));
    if (context === "file") this.lost = true;
    return true;
  }

  /** Whether a stray is what was left of a declaration with a mistake, which is reported. */
  private belongsToLost(context: Context, at: number, closes: boolean): boolean {
    if (context !== "file" || !this.lost) return false;
    return closes || this.row.indentation(at) > 0;
  }

  /** Called before the first item: a mistake before the braces says nothing about what is in them. */
  protected beginItems(): void {
    this.lastItemFailed = false;
  }

  /** Whether items may go on here: no declaration starts on the left, behind a missing `}`. */
  protected goesOn(): boolean {
    return !this.ready || !this.startsOuterDeclaration(this.index());
  }

  /** Whether statements start here and a `}` ends them, so that only their `{` is missing. */
  protected hidesOpening(): boolean {
    if (!this.ready || this.at(symbol.LeftBrace)) return false;
    const at = this.index();
    const starts = this.row.startsItem("body", at) || this.row.startsItem("train", at);
    return starts && this.row.closesBody(this.frame().start, at);
  }

  /** The same, and reports it: the items are read as if the `{` stood there. */
  protected lacksOpening(): boolean {
    if (!this.hidesOpening()) return false;
    this.explainAt(this.LA(1), "`{`");
    return true;
  }

  /** Reads the `}` of items, or reports once that it is missing. */
  protected lacksClosing(): boolean {
    if (!this.ready || this.at(symbol.RightBrace)) return false;
    this.explainAt(this.LA(1), "`}`");
    return true;
  }

  private startsOuterDeclaration(at: number): boolean {
    const { row } = this;
    if (!row.startsDeclaration(at) || row.text(at) === "let" || !row.startsLine(at)) return false;
    return row.indentation(at) <= row.indentation(this.enclosing().start);
  }

  /** Reports a mistake and goes on at the next item. */
  private resume(error: unknown): void {
    this.pending = [];
    const code = this.explain(error);
    // A reserved word that stands for a name starts nothing, even if it is `let`.
    const at = this.index() + (code === "reserved-word" ? 1 : 0);
    this.skipTo(this.row.resumeAt(this.frame(), this.enclosing(), at));
  }

  private explain(error: unknown): Code | undefined {
    if (error instanceof Abandoned) return undefined;
    if (!isMismatch(error)) throw error;
    return this.explainAt(error.token, error.message);
  }

  private explainAt(token: IToken, expected: string): Code {
    const start = this.frames[this.frames.length - 1]?.start ?? 0;
    const problem = syntaxProblem(this.row, this.row.indexOf(token), start, expected);
    this.add(problem);
    return problem.code;
  }

  private add({ code, span, args, details }: Problem): void {
    this.report(code, span, args, details);
  }

  private index(): number {
    return this.row.indexOf(this.LA(1));
  }

  private skipTo(index: number): void {
    for (let count = index - this.index(); count > 0; count--) this.SKIP_TOKEN();
  }

  private frame(): Frame {
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) throw new InternalError("recovery outside of an item");
    return frame;
  }

  private enclosing(): Frame {
    return this.frames[0] ?? this.frame();
  }
}

type Mismatch = Error & { readonly token: IToken };

function isMismatch(error: unknown): error is Mismatch {
  return error instanceof Error && "token" in error;
}
