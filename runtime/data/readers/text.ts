// `text(path, tokens, window, stride, lower, keep, limit)`: a stream of tokens, read in windows. `holdout` cuts the
// stream before it is windowed, so that no window of one split holds a token of another.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import { sha256 } from "../bytes.ts";
import { decodeText } from "../csv.ts";
import type { Argument, SplitSpec } from "../spec.ts";
import type { DataFile, Part, Table } from "../table.ts";
import { mistakeInClass, tokenize, tokenKinds, type TextRule } from "../text/tokens.ts";
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
    { name: "tokens", type: "string", choices: tokenKinds, default: "char" },
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
  const { lower, keep, limit, stride: asked } = args;
  const rule: TextRule = {
    tokens: args["tokens"] === "word" ? "word" : "char",
    lower: lower === true,
    ...(typeof keep === "string" ? { keep } : {}),
  };
  const window = countArgument(args, "window");
  const stride = typeof asked === "number" ? asked : window - 1;
  const most = typeof limit === "number" ? limit : Infinity;
  const name = textArgument(args, "path");
  const dictionary = new Map<string, number>();
  const codes: Int32Array[] = [];
  const files: (DataFile & Pick<Cut, "start" | "end">)[] = [];
  const given = context.split.kind === "given" ? Object.entries(context.split.parts) : undefined;
  const cuts: Cut[] = [];
  let length = 0;
  for (const [split, part] of given ?? [["all", ""] as const]) {
    const wanted = part === "" ? name : `${name.replace(/\/$/, "")}/${part}`;
    const path = host.find(wanted);
    if (path === undefined) throw missingFile(wanted, host, context.place);
    const bytes = await host.read(path);
    const found = tokenize(decodeText(bytes, path, false), rule).slice(0, most);
    if (found.length === 0) {
      throw new UserError("the file holds no tokens", {
        place: path,
        ...(rule.keep === undefined ? {} : { help: `\`keep = "${rule.keep}"\` leaves nothing` }),
      });
    }
    const end = length + found.length;
    files.push({ path, bytes: bytes.length, sha256: await sha256(bytes), start: length, end });
    codes.push(Int32Array.from(found, (token) => codeOf(dictionary, token)));
    cuts.push({ name: split, start: length, end });
    length = end;
  }
  const parts = given === undefined ? cutStream(length, context) : cuts;
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
          window,
          codes: joined(codes, length),
          values: [...dictionary.keys()],
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
      return `${file?.path ?? name}, tokens ${from + 1} to ${from + window}`;
    },
  };
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
