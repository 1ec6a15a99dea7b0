// Where reading goes on after a mistake. Line starts and indentation, which otherwise mean nothing,
// tell what people meant: an item that starts a line no deeper than the broken one is the next one.

import { tokenMatcher, type IToken } from "chevrotain";
import { lineAt, lineStarts } from "./lines.ts";
import type { SourceFile } from "./source.ts";
import { Name } from "./tokens.ts";

/** What a broken item is an item of. */
export type Context = "file" | "body" | "data" | "train" | "phase" | "decode";

/** An item that is being read. */
export interface Frame {
  readonly context: Context;
  /** Index of its first token. */
  readonly start: number;
  /** Index of the `{` it stands in; -1 in a file. */
  readonly open: number;
}

const declarationWords: ReadonlySet<string> = new Set([
  // prettier-ignore
  "import",
  "let",
  "block",
  "model",
  "data",
  "train",
  "decode",
]);

const openerOf: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The tokens of a file, with the questions that recovery and messages ask about them. */
export class TokenRow {
  readonly file: SourceFile;
  readonly tokens: readonly IToken[];

  constructor(file: SourceFile, tokens: readonly IToken[]) {
    this.file = file;
    this.tokens = tokens;
  }

  /** Index of a token; the number of tokens for the end of the file. */
  indexOf(token: IToken): number {
    if (!(token.startOffset >= 0)) return this.tokens.length;
    let low = 0;
    let high = this.tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.tokens[middle]?.startOffset ?? Infinity) < token.startOffset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  text(index: number): string {
    return this.tokens[index]?.image ?? "";
  }

  isName(index: number): boolean {
    const token = this.tokens[index];
    return token !== undefined && tokenMatcher(token, Name);
  }

  line(index: number): number {
    return lineAt(this.file, this.tokens[index]?.startOffset ?? this.file.text.length);
  }

  startsLine(index: number): boolean {
    const previous = this.tokens[index - 1];
    if (previous === undefined) return true;
    const start = this.tokens[index]?.startOffset ?? this.file.text.length;
    return this.file.text.slice(previous.startOffset + previous.image.length, start).includes("\n");
  }

  /** How far a token's line is indented. */
  indentation(index: number): number {
    const start = lineStarts(this.file)[this.line(index)] ?? 0;
    let at = start;
    while (this.file.text[at] === " " || this.file.text[at] === "\t") at += 1;
    return at - start;
  }

  /** Whether the tokens here are the head of a declaration, not merely a word that may start one. */
  startsDeclaration(index: number): boolean {
    const next = this.text(index + 1);
    const after = this.text(index + 2);
    switch (this.text(index)) {
      case "let":
        return true;
      case "import":
        return next === "{";
      case "block":
      case "model":
        return this.isName(index + 1) && ["(", "=", "{", "->"].includes(after);
      case "data":
      case "decode":
        return this.isName(index + 1) && after === "=";
      case "train":
        return this.isName(index + 1) && this.startsLine(index);
      default:
        return false;
    }
  }

  /** Whether the tokens here are the head of an item of the context. */
  startsItem(context: Context, index: number): boolean {
    const next = this.text(index + 1);
    const text = this.text(index);
    if (context === "file") return this.startsDeclaration(index);
    if (context === "body") {
      if (text === "let" || text === "return") return true;
      if (text === "if") return this.startsLine(index);
      if (text === "update") return this.isName(index + 1) && this.text(index + 2) === "=";
      return (text === "param" || text === "state") && this.isName(index + 1);
    }
    if (text === "let" && context !== "phase") return true;
    if (text === "field" && context === "data" && this.isName(index + 1)) return true;
    if (text === "phase" && context === "train" && this.isName(index + 1)) return true;
    return this.isName(index) && next === "=";
  }

  /** Whether a `{` here opens a body or the items of a declaration, not a record. */
  opensItems(index: number): boolean {
    if (this.text(index) !== "{") return false;
    const next = this.text(index + 1);
    if (next === "let" || next === "if" || next === "return") return true;
    return index + 1 < this.tokens.length && this.startsLine(index + 1);
  }

  /** Index of the innermost bracket opened in a range and not closed there, or -1. */
  unclosedBracket(from: number, to: number): number {
    const open: number[] = [];
    for (let i = from; i < to; i++) this.track(open, i);
    return open[open.length - 1] ?? -1;
  }

  /**
   * Whether a `}` ahead closes a body whose `{` is missing at `at`, in an item that starts at `start`:
   * it stands on the same line, or on a line of its own below the start of the item.
   */
  closesBody(start: number, at: number): boolean {
    const open: number[] = [];
    for (let i = at; i < this.tokens.length; i++) {
      if (this.text(i) === "}" && !this.hasBrace(open)) {
        if (this.line(i) === this.line(at)) return true;
        return this.startsLine(i) && this.indentation(i) === this.indentation(start);
      }
      this.track(open, i);
    }
    return false;
  }

  /**
   * Index of the token after a broken item: the next item's first one, or what ends the items.
   * `at` is where the mistake shows; `declaration` is the frame of the declaration around.
   */
  resumeAt(frame: Frame, declaration: Frame, at: number): number {
    const open: number[] = [];
    const base = this.indentation(frame.start);
    const outside = this.indentation(declaration.start);
    for (let i = frame.start; i < this.tokens.length; i++) {
      if (i >= at && i > frame.start) {
        if (this.isNextItem(frame.context, i, base, open)) return i;
        const column = this.startsLine(i) ? this.indentation(i) : Infinity;
        if (column <= outside && this.startsDeclaration(i)) {
          if (this.text(i) !== "let" || column < base) return i;
        }
        if (this.text(i) === "}" && !this.hasBrace(open) && this.closesItems(frame, i)) return i;
      }
      this.track(open, i);
    }
    return this.tokens.length;
  }

  private isNextItem(context: Context, i: number, base: number, open: readonly number[]): boolean {
    if (this.startsLine(i) && this.indentation(i) <= base) return this.looksLikeItem(context, i);
    if (!this.startsItem(context, i) || this.hasBrace(open)) return false;
    const text = this.text(i);
    if (text === "let" || text === "return") return true;
    // After a comma `name =` is an argument whose bracket is missing.
    return open.length === 0 && text !== "if" && this.text(i - 1) !== ",";
  }

  /** At the start of a line, where an item is expected: also one that is broken itself. */
  private looksLikeItem(context: Context, i: number): boolean {
    const text = this.text(i);
    if (context === "file")
      return declarationWords.has(text) || (this.isName(i) && this.isName(i + 1));
    return text === "let" || text === "return" || text === "if" || this.isName(i);
  }

  /** A `}` at the end of a line of a body over several lines stands there for another bracket. */
  private closesItems(frame: Frame, i: number): boolean {
    if (frame.context === "file") return false;
    return this.startsLine(i) || this.line(frame.open) === this.line(i);
  }

  private hasBrace(open: readonly number[]): boolean {
    return open.some((index) => this.text(index) === "{");
  }

  /** Keeps the stack of open brackets. A brace closes what was left open inside it; the others do not reach over a brace. */
  private track(open: number[], i: number): void {
    const text = this.text(i);
    if (text === "(" || text === "[" || text === "{") {
      open.push(i);
      return;
    }
    const opener = openerOf[text];
    if (opener === undefined) return;
    for (let k = open.length - 1; k >= 0; k--) {
      const found = this.text(open[k] ?? -1);
      if (found === opener) {
        open.length = k;
        return;
      }
      if (found === "{") return;
    }
  }

  /**
   * Where to go on after a mistake in a list that `(` at `open` starts: behind the `)` that ends it,
   * else at the `->` or `{` after it. -1 if neither comes before the next declaration.
   */
  afterList(open: number, at: number): number {
    const stack: number[] = [];
    let fallback = -1;
    for (let i = open; i < this.tokens.length; i++) {
      if (i >= at) {
        if (this.startsLine(i) && this.startsDeclaration(i)) break;
        if (this.text(i) === "->" || this.opensItems(i)) {
          fallback = i;
          break;
        }
      }
      this.track(stack, i);
      if (stack.length === 0 && i >= at) return i + 1;
    }
    return fallback;
  }

  /** Where the `{` (or for a block also `=`) of a declaration stands after a mistake in its head, or -1. */
  afterHead(start: number, at: number, equals: boolean): number {
    const stack: number[] = [];
    for (let i = start; i < this.tokens.length; i++) {
      if (i >= at) {
        if (this.startsLine(i) && this.startsDeclaration(i)) return -1;
        if (this.opensItems(i)) return i;
        if (stack.length === 0 && (this.text(i) === "{" || (equals && this.text(i) === "="))) {
          return i;
        }
      }
      this.track(stack, i);
    }
    return -1;
  }
}
