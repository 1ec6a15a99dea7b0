// A decode declaration opened over a training: prompts in, generated text out.

import { generate, type Generated } from "../../runtime/decode/generate.ts";
import { rowsOf, type DecodeRule } from "../../runtime/decode/rule.ts";
import type { Vocabulary } from "../../runtime/data/text/vocabulary.ts";
import { UserError } from "../../runtime/errors.ts";
import type { TypedArray } from "../../runtime/types.ts";
import type { DecodeUnit } from "../elaborate/unit.ts";
import { substitute } from "../ir/dim.ts";
import { droppedOf, promptReader, vocabularyOf, type Prompt, type PromptReader } from "./prompt.ts";
import { openScorer, type OpenedScorer } from "./scorer.ts";
import type { OpenedTraining } from "./train.ts";

export interface DecodeOptions {
  /** Texts that are written side by side; 1 where absent. */
  readonly atOnce?: number;
  /** What is chosen otherwise than the declaration says. */
  readonly rule?: Partial<Omit<DecodeRule, "stop">>;
  /** Whether what the tokens before need is kept, where the model allows it (the default), or all of them are read again. */
  readonly keep?: boolean;
  /** Texts after which one ends, instead of those of the declaration. */
  readonly stop?: readonly string[];
}

export interface Decoder {
  readonly unit: DecodeUnit;
  readonly rule: DecodeRule;
  readonly vocabulary: Vocabulary;
  readonly scorer: OpenedScorer;
  /** Texts that are written side by side. */
  readonly atOnce: number;
  readonly prompts: PromptReader;
  /** Continues prompts, as many at once as it was opened for. */
  generate(
    prompts: readonly Prompt[],
    options?: {
      readonly onToken?: (sequence: number, id: number) => void;
      readonly signal?: AbortSignal;
      /** Number of the first of these texts, where several calls make them. */
      readonly first?: number;
    },
  ): Promise<Generated[]>;
  /** Compiles what texts of full length need from the given prompts' length on. */
  prepare(length: number): Promise<void>;
  /** Ids [sequences, limit], padded, for the given inputs of the model, one row a sequence; as a metric reads them. */
  decodeFields(
    fields: Readonly<Record<string, TypedArray>>,
    sequences: number,
  ): Promise<Int32Array>;
}

/** Opens a declaration of the opened training. */
export function openDecoder(
  opened: Pick<OpenedTraining, "unit" | "data" | "runner">,
  unit: DecodeUnit,
  options: DecodeOptions = {},
): Decoder {
  const { data } = opened;
  const vocabulary = vocabularyOf(data, unit.vocabulary);
  const rule = ruleOf(unit, vocabulary, options);
  const window = Number(substitute(unit.longest, new Map(Object.entries(data.dims))));
  const rows = rowsOf(rule) * (options.atOnce ?? 1);
  const prompts = promptReader(unit, opened.unit.data, data, window);
  const scorer = openScorer(opened, unit, {
    rows,
    vocabulary: vocabulary.size,
    window,
    ...(options.keep === undefined ? {} : { keep: options.keep }),
  });
  const run = (
    sequences: readonly (readonly number[])[],
    fields: Readonly<Record<string, TypedArray>>,
    more: Parameters<Decoder["generate"]>[1] = {},
  ): Promise<Generated[]> => generate({ scorer, rule, prompts: sequences, fields, ...more });
  return {
    unit,
    rule,
    vocabulary,
    scorer,
    atOnce: options.atOnce ?? 1,
    prompts,
    generate: (given, more) =>
      run(
        given.map((prompt) => prompt.ids),
        stacked(given.map((prompt) => prompt.fields)),
        more,
      ),
    prepare: (length) => scorer.prepare(length, Math.min(window, length + rule.limit - 1)),
    async decodeFields(fields, sequences) {
      const ids = new Int32Array(sequences * rule.limit);
      const own = unit.inputs.map(({ name }) => [name, fields[name] ?? new Int32Array(0)] as const);
      const starts = Array.from({ length: sequences }, () => prompts.start);
      const found = await run(starts, Object.fromEntries(own));
      for (const [i, text] of found.entries()) ids.set(text.ids, i * rule.limit);
      return ids;
    },
  };
}

/** The declaration's rule with its stops as ids. */
export function ruleOf(
  unit: DecodeUnit,
  vocabulary: Vocabulary,
  options: DecodeOptions = {},
): DecodeRule {
  const { pick, repetitionPenalty, limit, seed } = unit;
  const stop = (options.stop ?? unit.stop).map((text) => {
    const { ids, unknown } = vocabulary.encode(text);
    const dropped = droppedOf(text, vocabulary);
    if (unknown.length + dropped.length === 0 && ids.length > 0) return Array.from(ids);
    throw new UserError(`a text cannot stop at ${JSON.stringify(text)}`, {
      help: `the vocabulary \`${unit.vocabulary}\` has no such token`,
    });
  });
  return { pick, repetitionPenalty, limit, seed, ...options.rule, stop };
}

/** Rows by field, one after the other. */
function stacked(rows: readonly Prompt["fields"][]): Record<string, TypedArray> {
  const [first = {}] = rows;
  const fields: Record<string, TypedArray> = {};
  for (const [name, { length, constructor }] of Object.entries(first)) {
    const all = new (constructor as new (length: number) => TypedArray)(rows.length * length);
    for (const [i, row] of rows.entries()) all.set(row[name] ?? [], i * length);
    fields[name] = all;
  }
  return fields;
}
