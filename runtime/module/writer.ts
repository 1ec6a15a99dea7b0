// Text out of a module: a `decode` declaration with its programs, its prompts and its vocabulary.

import type { Vocabulary } from "../data/text/vocabulary.ts";
import { specialIds } from "../data/text/vocabulary.ts";
import { generate } from "../decode/generate.ts";
import { createKeptState } from "../decode/kept-state.ts";
import { rowsOf, type DecodeRule } from "../decode/rule.ts";
import type { Scorer } from "../decode/scorer.ts";
import { createTextStream } from "../decode/text-stream.ts";
import { createWholePrefix } from "../decode/whole-prefix.ts";
import { UserError } from "../errors.ts";
import type { TypedArray } from "../types.ts";
import type { Extension, OpenedModel } from "./source.ts";
import type { GenerateSettings } from "./types.ts";

export interface WriterSource {
  /** Of the declaration. */
  readonly name: string;
  /** The model's input that grows. */
  readonly grows: string;
  /** The longest prefix. */
  readonly window: number;
  readonly rule: DecodeRule;
  readonly vocabulary: string;
  /** Ids that every text begins with. */
  readonly start: readonly number[];
  /** The column whose text a prompt is, and the inputs that are made of it; absent where a prompt goes on. */
  readonly source?: { readonly column: string; readonly fields: readonly string[] };
  /** What the tokens before need is kept from token to token; otherwise there is a program for every length. */
  readonly keeps: boolean;
}

/** What a module with `decode` declarations adds to its model. */
export function writers(
  sources: readonly WriterSource[],
  vocabularies: () => Promise<ReadonlyMap<string, Vocabulary>>,
): Extension {
  return (opened) => {
    const scorers = new Map<string, Scorer>();
    return {
      generate: (prompt: string, settings: GenerateSettings = {}) =>
        opened.inTurn(async () => {
          const source = choose(sources, settings.decode);
          const vocabulary = (await vocabularies()).get(source.vocabulary);
          if (!vocabulary) throw new Error(`the module has no vocabulary ${source.vocabulary}`);
          const scorer = scorers.get(source.name) ?? openScorer(opened, source, vocabulary.size);
          scorers.set(source.name, scorer);
          return write({ opened, source, vocabulary, scorer }, prompt, settings);
        }),
    };
  };
}

function choose(sources: readonly WriterSource[], wanted: string | undefined): WriterSource {
  const found = wanted === undefined ? sources[0] : sources.find(({ name }) => name === wanted);
  if (found) return found;
  throw new UserError(`the module has no decode declaration ${wanted}`, {
    help: `there are: ${sources.map(({ name }) => name).join(", ")}`,
  });
}

interface Writing {
  readonly opened: OpenedModel;
  readonly source: WriterSource;
  readonly vocabulary: Vocabulary;
  readonly scorer: Scorer;
}

async function write(
  { opened, source, vocabulary, scorer }: Writing,
  prompt: string,
  { onText, signal, limit, seed }: GenerateSettings,
): Promise<string> {
  const { ids } = vocabulary.encode(prompt);
  const isPrefix = source.source === undefined;
  if (ids.length === 0 && (!isPrefix || source.start.length === 0)) {
    throw new UserError("nothing of the prompt is a token of the model", {
      help: "give it a beginning",
    });
  }
  const begun = isPrefix ? [...source.start, ...ids] : source.start;
  const rule = {
    ...source.rule,
    ...(limit === undefined ? {} : { limit }),
    ...(seed === undefined ? {} : { seed }),
  };
  const stream = createTextStream(vocabulary, isPrefix ? begun : []);
  let text = "";
  const tell = (more: string): void => {
    text += more;
    if (more !== "") onText?.(more);
  };
  await generate({
    scorer,
    rule,
    prompts: [begun],
    fields: await fieldsOf(opened, source, prompt),
    onToken: (_, id) => {
      if (id !== specialIds.end) tell(stream.add(id));
    },
    ...(signal ? { signal } : {}),
  });
  tell(stream.end());
  return text;
}

async function fieldsOf(
  { reader }: OpenedModel,
  { name, source }: WriterSource,
  prompt: string,
): Promise<Readonly<Record<string, TypedArray>>> {
  if (!source) return {};
  if (!reader) throw new Error("the module cannot read prompts");
  const examples = { [source.column]: prompt };
  const draw = { seed: 0, draw: 0 };
  const { inputs } = await reader.read(examples, `decode:${name}`, draw, source.fields);
  return inputs as Readonly<Record<string, TypedArray>>;
}

function openScorer(
  opened: OpenedModel,
  { name, grows, window, rule, keeps }: WriterSource,
  vocabulary: number,
): Scorer {
  const { session, target } = opened;
  const rows = rowsOf(rule);
  const common = { rows, vocabulary, window, grows, session: () => session };
  const load = (program: string): Promise<string> => {
    const found = target.programs.find((each) => each.name === program);
    if (!found) throw new Error(`the module has no program ${program}`);
    return opened.ready(found);
  };
  if (!keeps) {
    const program = (length: number): Promise<string> => load(`decode ${name} ${length}@${rows}`);
    return createWholePrefix({ ...common, program });
  }
  return createKeptState({
    ...common,
    programs: async () => {
      const programs = {
        begin: await load(`begin ${name}@${rows}`),
        step: await load(`step ${name}@${rows}`),
      };
      return rows === 1
        ? programs
        : { ...programs, reorder: await load(`reorder ${name}@${rows}`) };
    },
  });
}
