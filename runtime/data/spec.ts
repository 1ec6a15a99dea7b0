// What a data declaration asks of the runtime, as plain data: the contract between elaboration and the readers.

import type { DType } from "../types.ts";
import type { TextRule } from "./text/tokens.ts";
import type { VocabularyRule } from "./text/vocabulary.ts";

/** A compile-time value written as a reader's argument: `idx("mnist")`, `csv("a.csv", missing = ["", "NA"])`. */
export type Argument =
  number | string | boolean | null | readonly Argument[] | { readonly [name: string]: Argument };

/** A column that the example graph reads, under the name of its graph input. */
export interface Column {
  readonly input: string;
  readonly dtype: DType;
  /** Per example. A string stands for an open dimension, bound when the data are opened. */
  readonly shape: readonly (number | string)[];
  readonly source:
    /** A column of the reader by its name. */
    | { readonly kind: "column"; readonly name: string }
    /** `columns("number", except = […])`: all numeric columns side by side, missing values NaN. Shape [count]. */
    | { readonly kind: "numbers"; readonly except: readonly string[] }
    /** `columns("text") |> one_hot`, or one text column: categories of the training split in sorted order, one block
     *  of zeros and a one a column; an unknown or missing value is all zeros. Shape [sum of the category counts]. */
    | {
        readonly kind: "one_hot";
        readonly columns: readonly string[] | "text";
        readonly except: readonly string[];
      }
    /** A text column as the index of its category (sorted, training split): i32, rank 0. */
    | { readonly kind: "category"; readonly name: string }
    | TokenSource;
}

/** Ids of tokens, i32 of one length: windows of a stream, or a text column's tokens framed and padded. */
export interface TokenSource {
  readonly kind: "tokens";
  readonly name: string;
  /** How the column's text is cut; absent for a stream, which its reader has cut. */
  readonly rule?: TextRule;
  /** A name of `vocabularies`. */
  readonly vocabulary: string;
  /** Ids set before the tokens, and after them. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Longer ones are cut to this, shorter ones filled with padding; absent for a stream, and where the length is open:
   *  then batches are padded to their longest. */
  readonly length?: number;
}

export type SplitSpec =
  | { readonly kind: "none" }
  /** Shares of the whole, drawn with the seed; a reader with its own test split keeps it as `test`. */
  | {
      readonly kind: "holdout";
      readonly validation: number;
      readonly test: number;
      /** A column: every split gets the same share of each of its values. */
      readonly stratify?: string;
      /** A column: examples with the same value in it come into one split. */
      readonly by?: string;
      /** Nothing is drawn: training, validation and test follow one another as in the file. */
      readonly inOrder?: true;
    }
  /** Names of parts (folders, files) by split. */
  | { readonly kind: "given"; readonly parts: Readonly<Record<string, string>> }
  | { readonly kind: "kfold"; readonly k: number; readonly stratify?: string };

export interface DataSpec {
  readonly name: string;
  readonly reader: string; // "idx", "csv", "safetensors", "synthetic", "digits", …
  readonly arguments: Readonly<Record<string, Argument>>;
  /** `file:line:column` of the reader's call, for errors. */
  readonly place: string;
  readonly columns: readonly Column[];
  readonly split: SplitSpec;
  /** Open lengths are rounded up to a multiple of this. */
  readonly bucket?: number;
  /** Vocabularies by their name in the declaration; fitted on the training split by all columns that use them. */
  readonly vocabularies?: Readonly<Record<string, VocabularyRule>>;
}

/** What can be told of a reader's columns before training: from its arguments and, where the file is there, its header. */
export interface ReaderInfo {
  readonly columns: readonly {
    readonly name: string;
    readonly type: DType | "string";
    /** Per example; a string names a dimension that is not known yet. */
    readonly shape: readonly (number | string)[];
  }[];
  /** False: other columns may exist (the file was not there to be looked at). */
  readonly complete: boolean;
  /** Examples by split where known. */
  readonly examples?: number;
}

/** What an argument of a reader may be. `texts` is a list of strings, `record` maps names to strings, `tokens` is a way of
 *  cutting text. */
export type ParameterType = "string" | "int" | "bool" | "texts" | "record" | "tokens";

export interface ReaderParameter {
  readonly name: string;
  readonly type: ParameterType;
  /** The only values allowed, for a string that is a choice. */
  readonly choices?: readonly string[];
  /** Absent: the argument must be given. */
  readonly default?: Argument;
  /** What a value of the type must be besides, if it is not: `2 or more`. */
  readonly wants?: (value: Argument) => string | undefined;
}

/** All readers as elaboration sees them; `runtime/data/readers` gives one over a data host. */
export interface ReaderCatalogue {
  readonly names: readonly string[];
  /** Parameters in order, or undefined where there is no such reader. */
  parameters(reader: string): readonly ReaderParameter[] | undefined;
  /** Columns as far as they can be told cheaply; undefined where nothing is known. May throw a UserError on bad files. */
  info(reader: string, args: Readonly<Record<string, Argument>>): ReaderInfo | undefined;
}
