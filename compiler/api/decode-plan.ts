// What a training generates while it runs: inputs of metrics in evaluation passes, and samples after epochs.

import type { Sample, SampleSet, TrainingPlan } from "../../runtime/train/plan.ts";
import { specialIds, type Vocabulary } from "../../runtime/data/text/vocabulary.ts";
import { UserError } from "../../runtime/errors.ts";
import { allocate, sizeOf, type TypedArray } from "../../runtime/types.ts";
import { decodeInput } from "../elaborate/decode-call.ts";
import type { DecodeUnit } from "../elaborate/unit.ts";
import { inputName } from "../ir/graph.ts";
import { openDecoder, type Decoder } from "./decode.ts";
import { vocabularyOf } from "./prompt.ts";
import type { OpenedTraining } from "./train.ts";

type Opened = Pick<OpenedTraining, "unit" | "runner" | "data">;

/** Most texts that a metric decodes side by side: more are decoded in turn. */
const mostAtOnce = 128;

export async function openDecodes(
  opened: Opened,
  {
    batch,
    compile,
    samples,
  }: {
    readonly batch: number;
    /** Whether programs are compiled at once. */
    readonly compile: boolean;
    /** Whether samples will be asked for. */
    readonly samples: boolean;
  },
): Promise<Pick<TrainingPlan, "generate" | "samples">> {
  const { unit } = opened;
  const read = new Set(unit.evaluate.inputs.map(inputName));
  const wanted = unit.decodes.filter(({ name }) => read.has(decodeInput(name)));
  const decoders = wanted.map((decode) =>
    openDecoder(opened, decode, { atOnce: Math.min(batch, mostAtOnce) }),
  );
  if (compile) for (const decoder of decoders) await decoder.prepare(decoder.prompts.start.length);
  const shown: (() => Promise<SampleSet>)[] = [];
  for (const decode of samples ? unit.decodes : []) {
    const found = await sampler(opened, decode);
    if (found) shown.push(found);
  }
  return {
    ...(decoders.length === 0
      ? {}
      : {
          async generate({ inputs, size }) {
            const fields = wholeFields(opened, inputs, size);
            const generated: Record<string, TypedArray> = {};
            for (const decoder of decoders) {
              const name = decodeInput(decoder.unit.name);
              generated[name] = await decoder.decodeFields(fields, size);
            }
            return generated;
          },
        }),
    ...(shown.length === 0
      ? {}
      : {
          // One after the other: what one keeps between its tokens lasts until another program runs.
          async samples() {
            const sets: SampleSet[] = [];
            for (const each of shown) sets.push(await each());
            return sets;
          },
        }),
  };
}

/** Fields of a batch at their full length, padded, where the batch is cut to its own longest example. */
function wholeFields(
  { data }: Opened,
  inputs: Readonly<Record<string, TypedArray>>,
  size: number,
): Record<string, TypedArray> {
  const fields: Record<string, TypedArray> = {};
  for (const { name, dtype, shape } of data.fields) {
    const values = inputs[name];
    if (!values) continue;
    const whole = sizeOf(shape);
    const own = values.length / size;
    const padded = own < whole ? allocate(dtype, size * whole) : values;
    for (let i = 0; padded !== values && i < size; i++) {
      padded.set(values.subarray(i * own, (i + 1) * own), i * whole);
    }
    fields[name] = padded;
  }
  return fields;
}

/** So many sentences are shown, and of a text that goes on so many tokens. */
const sentences = 3;
const lengths = { char: 100, word: 30 } as const;
const beginnings = { char: 16, word: 4 } as const;

/** Generates the samples of a declaration; nothing where prompts are no text. */
async function sampler(
  opened: Opened,
  decode: DecodeUnit,
): Promise<(() => Promise<SampleSet>) | undefined> {
  let decoder: Decoder;
  try {
    const kind =
      vocabularyOf(opened.data, decode.vocabulary).rule.tokens === "char" ? "char" : "word";
    decoder = openDecoder(opened, decode, {
      atOnce: 1,
      rule: { limit: Math.min(decode.limit, lengths[kind]) },
    });
  } catch (thrown) {
    if (thrown instanceof UserError) return undefined;
    throw thrown;
  }
  // The memory of the longest prefix is known before the run.
  await decoder.scorer.prepare(decoder.scorer.window, decoder.scorer.window);
  const make = decoder.prompts.kind === "prefix" ? continued : translated;
  let prompts: Promise<readonly Asked[]> | undefined;
  return async () => {
    prompts ??= make(opened, decoder);
    const asked = await prompts;
    const found = await decoder.generate(asked.map(({ prompt }) => prompt));
    return {
      decode: decode.name,
      samples: found.map(({ ids }, i): Sample => {
        const { shown = "", wanted, begun = [] } = asked[i] ?? {};
        const text = decoder.vocabulary.decode([...begun, ...ids]);
        const rest = text.slice(decoder.vocabulary.decode(begun).length);
        return { prompt: shown, text: rest, ...(wanted === undefined ? {} : { wanted }) };
      }),
    };
  };
}

interface Asked {
  readonly prompt: Parameters<Decoder["generate"]>[0][number];
  readonly shown: string;
  /** Ids of what is shown, where the text goes on from it. */
  readonly begun?: readonly number[];
  readonly wanted?: string;
}

/** The declaration's prompt, else the beginning of the first example that is held out. */
async function continued(opened: Opened, decoder: Decoder): Promise<readonly Asked[]> {
  const { unit, vocabulary, prompts, scorer } = decoder;
  if (unit.prompt !== undefined) {
    const prompt = prompts.read(unit.prompt);
    return [{ prompt, shown: vocabulary.decode(prompt.ids), begun: prompt.ids }];
  }
  const [row] = heldOut(opened, 1);
  const fields = await opened.data.read(row === undefined ? [] : [row], "evaluation");
  const kind = vocabulary.rule.tokens === "char" ? "char" : "word";
  const length = Math.max(1, Math.min(beginnings[kind], Math.floor(scorer.window / 2)));
  const ids = Array.from(fields[unit.grows] ?? []).slice(0, prompts.start.length + length);
  const prompt = {
    ids,
    fields: {},
    unknown: [],
    dropped: [],
    tokens: ids.length,
    room: scorer.window,
  };
  return [{ prompt, shown: vocabulary.decode(ids), begun: ids }];
}

/** The first examples that are held out, with what the data have for them. */
async function translated(opened: Opened, decoder: Decoder): Promise<readonly Asked[]> {
  const { data } = opened;
  const { unit, vocabulary, prompts } = decoder;
  const asked: Asked[] = [];
  if (unit.prompt !== undefined) {
    asked.push({ prompt: prompts.read(unit.prompt), shown: unit.prompt });
  }
  for (const row of heldOut(opened, sentences)) {
    const all = await data.read([row], "evaluation");
    const fields = unit.inputs.map(({ name }): [string, TypedArray] => [
      name,
      all[name]?.slice() ?? new Int32Array(0),
    ]);
    const ids = prompts.start;
    asked.push({
      prompt: {
        ids,
        fields: Object.fromEntries(fields),
        unknown: [],
        dropped: [],
        tokens: 0,
        room: 0,
      },
      shown: shownFields(prompts.shows, all),
      wanted: shownIds(vocabulary, all[unit.grows] ?? []),
    });
  }
  return asked;
}

function shownFields(
  shows: Decoder["prompts"]["shows"],
  fields: Readonly<Record<string, TypedArray>>,
): string {
  const [first] = shows;
  return first ? shownIds(first.vocabulary, fields[first.field] ?? []) : "";
}

/** The text of ids, unknown tokens as they are shown. */
function shownIds(vocabulary: Vocabulary, ids: ArrayLike<number>): string {
  const list = Array.from(ids);
  if (!list.includes(specialIds.unknown) || vocabulary.rule.tokens === "char")
    return vocabulary.decode(list);
  const others: ReadonlySet<number> = new Set([
    specialIds.padding,
    specialIds.begin,
    specialIds.end,
  ]);
  return list
    .filter((id) => !others.has(id))
    .map((id) => vocabulary.show(id))
    .join(" ");
}

function heldOut({ data }: Opened, count: number): number[] {
  const { splits } = data.dataset;
  const rows =
    (splits["validation"]?.count ?? 0) > 0 ? splits["validation"]?.rows : splits["train"]?.rows;
  return Array.from((rows ?? new Int32Array(0)).subarray(0, count));
}
