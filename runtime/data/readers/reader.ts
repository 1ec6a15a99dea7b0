// The interface of every reader of data.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import type { Argument, ReaderInfo, ReaderParameter, SplitSpec } from "../spec.ts";
import type { Table } from "../table.ts";
import type { Bpe } from "../text/bpe.ts";

export type Arguments = Readonly<Record<string, Argument>>;

export interface OpenContext {
  /** `file:line:column` of the reader's call. */
  readonly place: string;
  /** Parts asked for by `given`, by split. */
  readonly parts: Readonly<Record<string, string>>;
  /** For a reader that makes the splits itself. */
  readonly split: SplitSpec;
  /** The tokeniser of a stream, where it need not be trained. */
  readonly bpe: Bpe | undefined;
}

export interface Reader {
  readonly name: string;
  readonly parameters: readonly ReaderParameter[];
  /** Columns as told by the arguments and a file's header alone; undefined where nothing can be told. */
  info(args: Arguments, host: DataHost): ReaderInfo | undefined;
  /** Reads everything. Troubles with the files are UserErrors. */
  open(args: Arguments, host: DataHost, context: OpenContext): Promise<Table>;
}

/** The given arguments and the defaults of those not given. */
export function withDefaults(reader: Reader, given: Arguments): Arguments {
  const args: Record<string, Argument> = { ...given };
  for (const parameter of reader.parameters) {
    if (args[parameter.name] === undefined && parameter.default !== undefined) {
      args[parameter.name] = parameter.default;
    }
  }
  return args;
}

export function textArgument(args: Arguments, name: string): string {
  const value = args[name];
  if (value === "") throw new UserError(`\`${name}\` of the reader is empty`);
  if (typeof value === "string") return value;
  throw new UserError(`the reader needs \`${name}\`, a string`);
}

/** A whole number from 0 on. */
export function countArgument(args: Arguments, name: string): number {
  const value = args[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new UserError(`\`${name}\` must be a whole number from 0 on, not ${JSON.stringify(value)}`);
}

/** The error for a file that is nowhere; `file` is what to put where. */
export function missingFile(file: string, host: DataHost, place: string, more = ""): UserError {
  const looked = host.places.map((folder) => `\n  ${folder}`).join("");
  return new UserError(`there is no data file ${file}`, {
    place,
    help: `put it, by that name, into one of these folders:${looked}${more}`,
  });
}
