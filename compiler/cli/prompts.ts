// Prompts of the command line: where they come from, and what of them the model cannot read.

import { readFileSync } from "node:fs";
import path from "node:path";

import { UserError } from "../../runtime/errors.ts";
import { fileError } from "../../runtime/node/files.ts";
import type { Decoder } from "../api/decode.ts";
import type { Prompt } from "../api/prompt.ts";
import type { DecodeUnit } from "../elaborate/unit.ts";
import type { Context } from "./context.ts";

export interface PromptFlags {
  readonly prompt?: readonly string[];
  readonly promptFile?: string;
}

/** The prompts that were given, else that of the declaration. */
export function readPrompts(
  context: Context,
  decode: DecodeUnit,
  { prompt = [], promptFile }: PromptFlags,
): readonly string[] {
  const lines = promptFile === undefined ? [] : readLines(context, promptFile);
  if (promptFile !== undefined && lines.length === 0) {
    throw new UserError(`${promptFile} holds no prompt`, { help: "write one on each line" });
  }
  const given = [...prompt, ...lines];
  if (given.length > 0) return given;
  if (decode.prompt !== undefined) return [decode.prompt];
  throw new UserError("there is no prompt", {
    help: 'give one: --prompt "…", or --prompt-file with one on each line',
  });
}

function readLines(context: Context, file: string): string[] {
  try {
    const bytes = readFileSync(file === "-" ? 0 : path.resolve(context.cwd, file));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.split(/\r\n?|\n/).filter((line) => line.trim() !== "");
  } catch (cause) {
    if (cause instanceof TypeError) {
      throw new UserError(`${file} is no text in UTF-8`, { help: "save it as UTF-8" });
    }
    throw fileError(`cannot read the prompts in ${file}`, cause);
  }
}

function listed(tokens: readonly string[]): string {
  const shown = tokens.slice(0, 10).map((token) => JSON.stringify(token));
  return `${shown.join(", ")}${tokens.length > 10 ? ` and ${tokens.length - 10} more` : ""}`;
}

/** Tells what the model does not know of a prompt, and what it leaves out. */
export function tellPrompt(
  context: Context,
  text: string,
  { unknown, dropped, tokens, room }: Prompt,
  { prompts, vocabulary }: Decoder,
): void {
  const warn = (words: string): void => context.error(`warning: ${words}\n`);
  const unit = vocabulary.rule.tokens === "char" ? "character" : "token";
  if (dropped.length > 0) {
    const { keep } = vocabulary.rule;
    warn(`the data keep ${keep} alone: ${listed(dropped)} are left out, or read as spaces`);
  }
  if (unknown.length > 0) {
    const each = unknown.length === 1 ? "it reads it" : "it reads each";
    warn(`the model has not learnt ${listed(unknown)}: ${each} as an unknown ${unit}`);
  }
  if (tokens <= room) return;
  const quoted = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  if (prompts.kind === "prefix") {
    warn(
      `the prompt has ${tokens} ${unit}s, but the model sees ${room} at most: it goes on from the last ones`,
    );
  } else {
    warn(
      `${quoted} has ${tokens} tokens, but the model reads ${room} at most: the last ${tokens - room} are left out`,
    );
  }
}
