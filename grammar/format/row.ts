// The tokens of a file in order, with the comments between them, as the printers take them one by one. Every token and
// every comment is taken from here once and in order, so that nothing can get lost or change places.

import type { IToken } from "chevrotain";
import { builders } from "prettier/doc";
import { InternalError, Reporter } from "../diagnostic.ts";
import { lex } from "../lexer.ts";
import type { SourceFile, Span } from "../source.ts";
import { endOf } from "../to-ast.ts";
import { Name } from "../tokens.ts";

const { breakParent, hardline, lineSuffix } = builders;

export type Doc = builders.Doc;

/** What stands before a closing bracket: comments belong within its indentation, the gap outside. */
export interface Closing {
  readonly inner: Doc;
  readonly outer: Doc;
}

const closers: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

export class Row {
  readonly text: string;
  private readonly tokens: readonly IToken[];
  private readonly comments: readonly IToken[];
  /** Offset of the bracket that closes the one at an offset. */
  private readonly closing = new Map<number, number>();
  /** Offsets of parentheses that make a tuple: with a comma, with nothing, or with `name:` first. */
  private readonly tuples = new Set<number>();
  private next = 0;
  private nextComment = 0;

  constructor(file: SourceFile) {
    const { tokens, comments } = lex(file, new Reporter());
    this.text = file.text;
    this.tokens = tokens;
    this.comments = comments;
    this.matchBrackets();
  }

  private matchBrackets(): void {
    const open: IToken[] = [];
    for (const [index, token] of this.tokens.entries()) {
      const { image, startOffset } = token;
      if (closers.has(image)) {
        open.push(token);
        const first = this.tokens[index + 1];
        const named = first?.tokenType.CATEGORIES?.includes(Name) || first?.tokenType === Name;
        const isTuple = first?.image === ")" || (named && this.tokens[index + 2]?.image === ":");
        if (image === "(" && isTuple) this.tuples.add(startOffset);
      } else if (image === "," && open.length > 0) {
        this.tuples.add(open.at(-1)?.startOffset ?? 0);
      } else if (image === ")" || image === "]" || image === "}") {
        const opener = open.pop();
        if (opener !== undefined) this.closing.set(opener.startOffset, startOffset);
      }
    }
  }

  // ---- looking

  at(...images: readonly string[]): boolean {
    return images.every((image, index) => this.tokens[this.next + index]?.image === image);
  }

  /** Whether parentheses that do not make a tuple open here and hold the whole of a node. */
  wraps(span: Span): boolean {
    const start = this.tokens[this.next]?.startOffset ?? 0;
    if (!this.at("(") || this.tuples.has(start)) return false;
    return (this.closing.get(start) ?? 0) >= span.end;
  }

  /** Whether these parentheses hold nothing but another pair. */
  get isDoubled(): boolean {
    const first = this.tokens[this.next];
    const second = this.tokens[this.next + 1];
    if (!this.at("(", "(") || first === undefined || second === undefined) return false;
    if (this.tuples.has(second.startOffset)) return false;
    const end = (this.closing.get(second.startOffset) ?? 0) + 1;
    const behind = this.text.slice(end, this.closing.get(first.startOffset));
    // Comments between them keep their place, and both pairs stay.
    const between = this.text.slice(first.startOffset + 1, second.startOffset);
    return (between + behind).trim() === "";
  }

  /** Whether the author broke the line before the next token. */
  get isOnNewLine(): boolean {
    const token = this.tokens[this.next];
    const before = this.tokens[this.next - 1];
    if (token === undefined || before === undefined) return false;
    return this.text.slice(endOf(before), token.startOffset).includes("\n");
  }

  /** The same of the token after the next. */
  get breaksAfterNext(): boolean {
    const token = this.tokens[this.next];
    const after = this.tokens[this.next + 1];
    if (token === undefined || after === undefined) return false;
    return this.text.slice(endOf(token), after.startOffset).includes("\n");
  }

  get isAtEnd(): boolean {
    return this.next === this.tokens.length;
  }

  /** Where the next token starts. */
  get offset(): number {
    return this.tokens[this.next]?.startOffset ?? this.text.length;
  }

  // ---- taking

  /** The next token as it is spelt. */
  take(image?: string): Doc {
    const gap = this.gap("");
    const token = this.tokens[this.next];
    if (token === undefined || (image !== undefined && token.image !== image)) {
      const found = token?.image ?? "the end";
      throw new InternalError(`the formatter expected ${image ?? "a token"}, found ${found}`);
    }
    this.next += 1;
    return gap === "" ? token.image : [gap, token.image];
  }

  /** Leaves a token out. Comments before it are taken with the next gap. */
  skip(): void {
    this.next += 1;
  }

  /** What stands between the last token and the next: comments, which need the end of a line behind them, or else `gap`. */
  gap(gap: Doc): Doc {
    const comments = this.commentsBefore(this.offset);
    return comments.length === 0 ? gap : [this.remarks(comments, false), hardline];
  }

  /** The same before a closing bracket. */
  closingGap(gap: Doc): Closing {
    const comments = this.commentsBefore(this.offset);
    if (comments.length === 0) return { inner: "", outer: gap };
    return { inner: this.remarks(comments, false), outer: hardline };
  }

  /** What stands before a closing brace: comments with their blank lines. */
  remarksBefore(): Doc {
    return this.remarks(this.commentsBefore(this.offset), true);
  }

  /** What stands before an item that begins a line: comments and at most one blank line, none at the `start`. */
  itemGap(start: boolean): Doc {
    const comments = this.commentsBefore(this.offset);
    const remarks = this.remarks(comments, true, start);
    const last = comments.at(-1);
    const from = last === undefined ? this.endBefore(this.offset) : endOf(last);
    const isBlank = this.isBlankBetween(from, this.offset) && !(start && last === undefined);
    const isTop = start && last === undefined && from === 0;
    return [remarks, isTop ? "" : hardline, isBlank ? hardline : ""];
  }

  get hasComments(): boolean {
    return (this.comments[this.nextComment]?.startOffset ?? Infinity) < this.offset;
  }

  /** Whether a blank line stands between two places. */
  isBlankBetween(from: number, to: number): boolean {
    return /\n[^\S\n]*\n/.test(this.text.slice(from, to));
  }

  /** The last comment before the next token asks to leave an item as it is. */
  get asksToIgnore(): boolean {
    let last: string | undefined;
    for (let i = this.nextComment; i < this.comments.length; i++) {
      const comment = this.comments[i];
      if (comment === undefined || comment.startOffset > this.offset) break;
      last = comment.image;
    }
    return last !== undefined && /^\/\/\s*prettier-ignore\s*$/.test(last);
  }

  /** The text of a node as the author wrote it. */
  asWritten(span: Span): readonly string[] {
    const text = this.text.slice(span.start, span.end);
    while (this.offset < span.end) this.next += 1;
    while ((this.comments[this.nextComment]?.startOffset ?? Infinity) < span.end) {
      this.nextComment += 1;
    }
    return text.split("\n");
  }

  private commentsBefore(offset: number): readonly IToken[] {
    const found: IToken[] = [];
    for (;;) {
      const comment = this.comments[this.nextComment];
      if (comment === undefined || comment.startOffset > offset) return found;
      found.push(comment);
      this.nextComment += 1;
    }
  }

  /** End of what stands before an offset, blanks left out; 0 at the start of the file. */
  private endBefore(offset: number): number {
    let end = offset;
    while (end > 0 && /\s/.test(this.text.charAt(end - 1))) end -= 1;
    return end;
  }

  /** The first comment stays behind what its line holds; the others get lines of their own. */
  private remarks(comments: readonly IToken[], blankLines: boolean, start = false): Doc {
    const parts: Doc[] = [];
    for (const [index, comment] of comments.entries()) {
      const image = comment.image.trimEnd();
      const before = this.endBefore(comment.startOffset);
      const isBehind = before > 0 && !this.text.slice(before, comment.startOffset).includes("\n");
      if (isBehind && index === 0) {
        parts.push(lineSuffix(` ${image}`), breakParent);
        continue;
      }
      const isBlank = blankLines && this.isBlankBetween(before, comment.startOffset);
      if (before > 0) parts.push(hardline);
      if (before > 0 && isBlank && !(start && index === 0)) parts.push(hardline);
      parts.push(image, breakParent);
    }
    return parts;
  }
}
