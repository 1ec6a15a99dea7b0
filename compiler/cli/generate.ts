// `dlmc generate`: text that a trained model writes, as it comes.

import { Option, type Command } from "commander";

import { ranges, type DecodeRule, type PickRule } from "../../runtime/decode/rule.ts";
import { UserError } from "../../runtime/errors.ts";
import { openDecoder, type Decoder } from "../api/decode.ts";
import type { Prompt } from "../api/prompt.ts";
import type { DecodeUnit } from "../elaborate/unit.ts";
import { positiveWhole } from "./choose.ts";
import type { CommandModule } from "./commands.ts";
import { formatSeconds, type Context } from "./context.ts";
import { addDeviceOptions, type DeviceFlags } from "./device.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";
import { readPrompts, tellPrompt } from "./prompts.ts";
import { createTextStream } from "../../runtime/decode/text-stream.ts";
import { withoutControls } from "./terminal-text.ts";
import { openWithWeights } from "./trained.ts";

interface GenerateFlags extends FileOptions, DeviceFlags {
  readonly run?: string;
  readonly prompt?: readonly string[];
  readonly promptFile?: string;
  readonly count?: string;
  readonly limit?: string;
  readonly seed?: string;
  readonly greedy?: boolean;
  readonly beam?: string;
  readonly temperature?: string;
  readonly topK?: string;
  readonly topP?: string;
  readonly repetitionPenalty?: string;
  readonly stop?: readonly string[];
  readonly json?: boolean;
  readonly keep: boolean;
}

export const define: CommandModule["define"] = (command, run) => {
  const several = (text: string, before: readonly string[] | undefined): readonly string[] => [
    ...(before ?? []),
    text,
  ];
  addDeviceOptions(addFileOptions(command))
    .option("--run <folder>", "the run whose weights are used (default: the newest)")
    .addOption(
      new Option(
        "--prompt <text>",
        "what a text begins with, or the source; may be repeated",
      ).argParser(several),
    )
    .option("--prompt-file <file>", "a prompt on each line; - reads standard input")
    .option("--count <n>", "so many texts for each prompt, drawn differently")
    .option("--no-keep", "read the whole text again for every token: slower, for comparison")
    .option("--json", "print an object a line: prompt, text, tokens, why it ended");
  addRuleOptions(command, several);
  run((context) => {
    const [file = "", name] = command.args;
    const flags = command.opts<GenerateFlags>();
    return withDiagnostics(context, flags, () => runGenerate(context, file, name, flags));
  });
};

function addRuleOptions(
  command: Command,
  several: (text: string, before: readonly string[] | undefined) => readonly string[],
): void {
  command
    .option("--limit <n>", "most tokens of a text, instead of those of the declaration")
    .option("--seed <n>", "of what is drawn")
    .option("--greedy", "take the best token each time")
    .option("--beam <n>", "go on with the n best prefixes")
    .option("--temperature <x>", "draw tokens: below 1 the likely ones more often")
    .option("--top-k <n>", "draw among the n best tokens alone")
    .option("--top-p <p>", "draw among the fewest tokens that together have this probability")
    .option("--repetition-penalty <x>", "above 1: tokens that are there already come less often")
    .addOption(
      new Option("--stop <text>", "end a text after this; may be repeated").argParser(several),
    );
}

async function runGenerate(
  context: Context,
  name: string,
  declared: string | undefined,
  flags: GenerateFlags,
): Promise<number> {
  const { file, dataHost } = openFile(context, name, flags);
  const { decode, training } = file.decode(declared);
  const rule = ruleOf(decode, flags);
  const count = flags.count === undefined ? 1 : positiveWhole("--count", flags.count);
  if (count > 1 && (rule.pick ?? decode.pick).kind !== "sample") {
    throw new UserError("--count wants texts that differ, but nothing is drawn", {
      help: "draw them: --temperature 1",
    });
  }
  const texts = readPrompts(context, decode, flags);
  const opened = await openWithWeights(context, training, { dataHost, flags, compile: false });
  try {
    const streams = context.interactive || texts.length * count === 1;
    const decoder = openDecoder(opened, decode, {
      rule,
      ...(flags.stop ? { stop: flags.stop } : {}),
      keep: flags.keep,
      atOnce: streams || flags.json ? 1 : Math.min(texts.length * count, 16),
    });
    const prompts = texts.flatMap((text) => {
      const prompt = decoder.prompts.read(text);
      tellPrompt(context, text, prompt, decoder);
      return Array.from({ length: count }, (): Asked => ({ text, prompt }));
    });
    context.catchInterrupts("");
    return await print(context, decoder, prompts, flags.json ?? false);
  } finally {
    await opened.close();
  }
}

interface Asked {
  readonly text: string;
  readonly prompt: Prompt;
}

/** Writes one text after the other. */
async function print(
  context: Context,
  decoder: Decoder,
  prompts: readonly Asked[],
  json: boolean,
): Promise<number> {
  const { signal } = context;
  const atOnce = decoder.atOnce;
  const continues = decoder.prompts.kind === "prefix";
  const begun = performance.now();
  let tokens = 0;
  for (let first = 0; first < prompts.length && !signal.aborted; first += atOnce) {
    const some = prompts.slice(first, first + atOnce);
    const space = (i: number): void => {
      if (i > 0 && continues && !json) context.out("\n");
    };
    if (atOnce === 1) space(first);
    const streams = some.map(({ prompt }) => {
      const start = continues ? prompt.ids : [];
      return {
        start: decoder.vocabulary.decode(start),
        stream: createTextStream(decoder.vocabulary, start),
      };
    });
    const show = (text: string): void => {
      // A terminal takes no orders from a model.
      const shown = context.interactive ? withoutControls(text) : text;
      if (!json && atOnce === 1) context.out(shown);
    };
    const [only] = streams;
    if (only && only.start !== "" && !json && atOnce === 1) {
      const { bold } = context.colors;
      context.out(context.interactive ? bold(withoutControls(only.start)) : only.start);
    }
    const parts = streams.map(() => "");
    const found = await decoder.generate(
      some.map(({ prompt }) => prompt),
      {
        first,
        signal,
        onToken: (sequence, id) => {
          const part = streams[sequence]?.stream.add(id) ?? "";
          parts[sequence] += part;
          show(part);
        },
      },
    );
    for (const [i, { ids, ending }] of found.entries()) {
      tokens += ids.length;
      const rest = streams[i]?.stream.end() ?? "";
      const text = `${parts[i] ?? ""}${rest}`;
      if (json) {
        const entry = {
          prompt: some[i]?.text,
          text,
          tokens: ids.length,
          ended: ending ?? "interrupted",
        };
        context.out(`${JSON.stringify(entry)}\n`);
      } else if (atOnce === 1) {
        context.out(`${rest}\n`);
      } else {
        space(first + i);
        context.out(`${streams[i]?.start ?? ""}${text}\n`);
      }
    }
  }
  if (context.interactive && tokens > 0 && !json) {
    const each = (performance.now() - begun) / 1000 / tokens;
    const { colors } = context;
    const { keeps } = decoder.scorer;
    const whole = keeps !== "nothing" && "refusal" in keeps ? `; ${keeps.refusal}` : "";
    context.error(colors.dim(`${tokens} tokens, ${formatSeconds(each)} each${whole}\n`));
  }
  return signal.aborted ? 130 : 0;
}

/** What flags change of the declaration's rule. */
function ruleOf(decode: DecodeUnit, flags: GenerateFlags): Partial<DecodeRule> {
  const pick = pickOf(decode.pick, flags);
  const penalty = flags.repetitionPenalty;
  return {
    ...(pick ? { pick } : {}),
    ...(flags.limit === undefined ? {} : { limit: positiveWhole("--limit", flags.limit) }),
    ...(flags.seed === undefined ? {} : { seed: wholeFrom0("--seed", flags.seed) }),
    ...(penalty === undefined
      ? {}
      : { repetitionPenalty: number("--repetition-penalty", penalty, "repetition_penalty") }),
  };
}

function pickOf(declared: PickRule, flags: GenerateFlags): PickRule | undefined {
  const draws = [flags.temperature, flags.topK, flags.topP].some((flag) => flag !== undefined);
  const ways = [flags.greedy ?? false, flags.beam !== undefined, draws].filter(Boolean).length;
  if (ways > 1) {
    throw new UserError("tokens are picked in one way", {
      help: "give --greedy, or --beam, or --temperature with --top-k and --top-p",
    });
  }
  if (flags.greedy) return { kind: "greedy" };
  if (flags.beam !== undefined) {
    const lengthPenalty = declared.kind === "beam" ? declared.lengthPenalty : 0.75;
    return { kind: "beam", n: number("--beam", flags.beam, "n"), lengthPenalty };
  }
  if (!draws) return undefined;
  const own = declared.kind === "sample" ? declared : ({ kind: "sample", temperature: 1 } as const);
  const { temperature, topK, topP } = flags;
  return {
    ...own,
    ...(temperature === undefined
      ? {}
      : { temperature: number("--temperature", temperature, "temperature") }),
    ...(topK === undefined ? {} : { topK: number("--top-k", topK, "top_k") }),
    ...(topP === undefined ? {} : { topP: number("--top-p", topP, "top_p") }),
  };
}

/** A number that was given to a flag, in the range of the rule's own. */
function number(flag: string, text: string, name: keyof typeof ranges): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const wanted = Number.isFinite(value) ? ranges[name](value) : "a number";
  if (wanted === undefined) return value;
  const help =
    name === "temperature" && value === 0 ? { help: "--greedy takes the best token" } : {};
  throw new UserError(`${flag} must be ${wanted}, not \`${text}\``, help);
}

function wholeFrom0(flag: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value < 2 ** 31) return value;
  throw new UserError(`${flag} must be a whole number from 0 on, not \`${text}\``);
}
