// `text(path, tokens, window, stride, lower, keep, limit)`: a stream of tokens, read in windows. `holdout` cuts the
// stream before it is windowed, so that no window of one split holds a token of another.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import { sha256 } from "../bytes.ts";
import { decodeText } from "../csv.ts";
import type { Argument, SplitSpec } from "../spec.ts";
import type { DataFile, Part, Table } from "../table.ts";
import { cutWords, trainBpe, type Bpe } from "../text/bpe.ts";
import {
  cleanText,
  mistakeInClass,
  readTokenKind,
  tokenize,
  type TextRule,
} from "../text/tokens.ts";
import { firstId } from "../text/vocabulary.ts";
import {
  countArgument,
  missingFile,
  textArgument,
  type Arguments,
  type OpenContext,
  type Reader,
} from "./reader.ts";

const defaultWindow = 33;

export const text: Reader = {
  name: "text",
  parameters: [
    { name: "path", type: "string" },
    { name: "tokens", type: "tokens", default: "char" },
    { name: "window", type: "int", default: defaultWindow, wants: atLeast(2) },
    { name: "stride", type: "int", default: null, wants: atLeast(1) },
    { name: "lower", type: "bool", default: false },
    { name: "keep", type: "string", default: null, wants: wantsClass },
    { name: "limit", type: "int", default: null, wants: atLeast(2) },
  ],
  info: (args) => ({
    columns: [{ name: "tokens", type: "string", shape: [countArgument(args, "window")] }],
    complete: true,
  }),
  open,
};

function atLeast(least: number): (value: Argument) => string | undefined {
  return (value) => (typeof value === "number" && value >= least ? undefined : `${least} or more`);
}

/** For `keep`. */
export function wantsClass(value: Argument): string | undefined {
  const isRight = typeof value === "string" && mistakeInClass(value) === undefined;
  return isRight ? undefined : 'one class of characters in brackets, as "[a-z ]"';
}

/** A part of the stream, in tokens. */
interface Cut {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

async function open(args: Arguments, host: DataHost, context: OpenContext): Promise<Table> {
  const { lower, keep, stride: asked } = args;
  const rule: TextRule = {
    ...(readTokenKind(args["tokens"]) ?? { tokens: "char" }),
    lower: lower === true,
    ...(typeof keep === "string" ? { keep } : {}),
  };
  const window = countArgument(args, "window");
  const stride = typeof asked === "number" ? asked : window - 1;
  const texts = await readTexts(args, rule, host, context);
  const stream =
    rule.tokens === "bpe" ? mergeBytes(texts, rule, context) : cutTexts(texts, context);
  const { files, parts, codes, values, bpe } = stream;
  const { starts, offsets, rows } = windowsOf(parts, window, stride, context.place);
  const [train = { start: 0, end: 0 }] = parts.filter((part) => part.name === "train");
  return {
    count: starts.length,
    parts: rows,
    isSplit: true,
    columns: new Map([
      [
        "tokens",
        {
          kind: "stream",
          name: "tokens",
          rule,
          ...(bpe ? { bpe } : {}),
          window,
          codes,
          values,
          starts,
          offsets,
          train,
        },
      ],
    ]),
    files: files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    place: (row) => {
      const start = starts[row] ?? 0;
      const file = files.find(({ end }) => start < end) ?? files[0];
      const from = start - (file?.start ?? 0);
      return `${file?.path ?? textArgument(args, "path")}, tokens ${from + 1} to ${from + window}`;
    },
  };
}

/** One file: all of the stream, or what `given` names as a split. */
interface GivenText {
  readonly split: string;
  readonly file: DataFile;
  /** Characters or words, as many as are wanted; of a text whose bytes are merged, the words that no token goes beyond. */
  readonly pieces: readonly string[];
}

async function readTexts(
  args: Arguments,
  rule: TextRule,
  host: DataHost,
  { split, place }: OpenContext,
): Promise<GivenText[]> {
  const name = textArgument(args, "path");
  const limit = typeof args["limit"] === "number" ? args["limit"] : undefined;
  const given = split.kind === "given" ? Object.entries(split.parts) : [["all", ""] as const];
  const texts: GivenText[] = [];
  for (const [named, part] of given) {
    const wanted = part === "" ? name : `${name.replace(/\/$/, "")}/${part}`;
    const path = host.find(wanted);
    if (path === undefined) throw missingFile(wanted, host, place);
    const bytes = await host.read(path);
    const text = decodeText(bytes, path, false);
    const pieces = piecesOf(text, rule, limit);
    if (pieces.length === 0) {
      throw new UserError("the file holds no tokens", {
        place: path,
        ...(rule.keep === undefined ? {} : { help: `\`keep = "${rule.keep}"\` leaves nothing` }),
      });
    }
    const file = { path, bytes: bytes.length, sha256: await sha256(bytes) };
    texts.push({ split: named, file, pieces });
  }
  return texts;
}

/** How many tokens merged bytes make is not known yet: of them, `limit` counts characters. */
function piecesOf(text: string, rule: TextRule, limit: number | undefined): readonly string[] {
  if (rule.tokens !== "bpe") return tokenize(text, rule).slice(0, limit);
  const clean = cleanText(text, rule);
  return cutWords(limit === undefined ? clean : Array.from(clean).slice(0, limit).join(""));
}

/** A stream as codes of a dictionary of its tokens. */
interface Stream {
  readonly files: readonly (DataFile & Pick<Cut, "start" | "end">)[];
  readonly parts: readonly Cut[];
  readonly codes: Int32Array;
  readonly values: readonly string[];
  readonly bpe?: Bpe;
}

/** Pieces are tokens. */
function cutTexts(texts: readonly GivenText[], context: OpenContext): Stream {
  const stream = streamOf(texts.map(({ pieces, ...text }) => ({ ...text, tokens: pieces })));
  if (context.split.kind === "given") return stream;
  return { ...stream, parts: cutStream(stream.codes.length, context) };
}

/** Pieces become tokens once the tokeniser is known: it is trained on those of the training split, unless there is one. */
function mergeBytes(texts: readonly GivenText[], rule: TextRule, context: OpenContext): Stream {
  const parts = texts.flatMap((text) =>
    context.split.kind === "given" ? [text] : cutPieces(text, context),
  );
  const bpe = context.bpe ?? trainOn(parts, Number(rule.bpe) - firstId);
  const cut = parts.map(({ pieces, ...text }) => ({
    ...text,
    tokens: pieces.flatMap((piece) => bpe.encode(piece)),
  }));
  return { ...streamOf(cut), bpe };
}

/** The splits of a text, cut between words where their shares of the characters end. */
function cutPieces(text: GivenText, context: OpenContext): GivenText[] {
  const ends: number[] = [];
  let length = 0;
  for (const piece of text.pieces) ends.push((length += piece.length));
  const at = (characters: number): number => {
    const found = ends.findIndex((end) => end >= characters);
    return characters === 0 ? 0 : found + 1;
  };
  return cutStream(length, context).map(({ name, start, end }) => ({
    ...text,
    split: name,
    pieces: text.pieces.slice(at(start), at(end)),
  }));
}

function trainOn(parts: readonly GivenText[], size: number): Bpe {
  const words = new Map<string, number>();
  for (const { split, pieces } of parts) {
    if (split !== "train" && split !== "all") continue;
    for (const piece of pieces) words.set(piece, (words.get(piece) ?? 0) + 1);
  }
  return trainBpe(words, size);
}

function streamOf(
  texts: readonly (Pick<GivenText, "split" | "file"> & { readonly tokens: readonly string[] })[],
): Stream {
  const dictionary = new Map<string, number>();
  const codes: Int32Array[] = [];
  const files: (DataFile & { start: number; end: number })[] = [];
  const parts: Cut[] = [];
  let length = 0;
  for (const { split, file, tokens } of texts) {
    const end = length + tokens.length;
    const before = files.at(-1);
    // Several splits may come of one file.
    if (before?.path === file.path) before.end = end;
    else files.push({ ...file, start: length, end });
    codes.push(Int32Array.from(tokens, (token) => codeOf(dictionary, token)));
    parts.push({ name: split, start: length, end });
    length = end;
  }
  return { files, parts, codes: joined(codes, length), values: [...dictionary.keys()] };
}

function codeOf(dictionary: Map<string, number>, token: string): number {
  const code = dictionary.get(token) ?? dictionary.size;
  dictionary.set(token, code);
  return code;
}

function joined(arrays: readonly Int32Array[], length: number): Int32Array {
  const all = new Int32Array(length);
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Training, validation and test, one after the other. */
function cutStream(length: number, { split, place }: OpenContext): Cut[] {
  const shares = sharesOf(split, place);
  const validation = Math.round(shares.validation * length);
  const test = Math.round(shares.test * length);
  const train = length - validation - test;
  const parts = [
    { name: "train", start: 0, end: train },
    { name: "validation", start: train, end: train + validation },
    { name: "test", start: train + validation, end: length },
  ];
  const wanted = { train: 1, ...shares };
  return parts.filter(({ name }) => wanted[name as keyof typeof wanted] > 0);
}

function sharesOf(
  split: SplitSpec,
  place: string,
): { readonly validation: number; readonly test: number } {
  if (split.kind === "none") return { validation: 0, test: 0 };
  if (split.kind === "holdout") return { validation: split.validation, test: split.test };
  throw new UserError(`\`${split.kind}\` cannot split a stream of text`, { place });
}

/** The windows of every part. Each epoch of training moves them by an offset; they are so many that all offsets below
 *  the stride fit, or where the part is short, as many as there is room for. */
function windowsOf(
  parts: readonly Cut[],
  window: number,
  stride: number,
  place: string,
): { readonly starts: Int32Array; readonly offsets: Int32Array; readonly rows: Part[] } {
  const starts: number[] = [];
  const offsets: number[] = [];
  const rows: Part[] = [];
  for (const { name, start, end } of parts) {
    const length = end - start;
    if (length < window) {
      throw new UserError(
        `the ${name} split has ${length} tokens, which is less than a window of ${window}`,
        { place, help: "take a smaller `window`, a longer text, or other shares in `split`" },
      );
    }
    const moves = name === "train";
    const spare = length - window - (moves ? stride - 1 : 0);
    const count = Math.max(0, Math.floor(spare / stride)) + 1;
    const room = length - window - (count - 1) * stride + 1;
    const first = starts.length;
    for (let i = 0; i < count; i++) {
      starts.push(start + i * stride);
      offsets.push(moves ? Math.min(stride, room) : 1);
    }
    rows.push({ name, start: first, end: starts.length });
  }
  return { starts: Int32Array.from(starts), offsets: Int32Array.from(offsets), rows };
}
