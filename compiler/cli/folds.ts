// Cross-validation: a run for each fold in a folder of its own, then one on everything.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { UserError } from "../../runtime/errors.ts";
import { listCheckpoints } from "../../runtime/node/checkpoints.ts";
import { readManifest } from "../../runtime/node/manifest.ts";
import type { Scores, Spreads, TrainingEvent } from "../../runtime/train/events.ts";
import { readHistory } from "../report/history.ts";
import { loadSnapshot } from "./checkpoints.ts";
import type { Context } from "./context.ts";
import { appendLog, makeRunFolder } from "./run-folder.ts";
import { runTrainingIn, type RunParts } from "./run-training.ts";

/** An event of a fold, for `--log json`. */
export type FoldEvent = TrainingEvent & { readonly fold?: number; readonly folds?: number };

interface FoldEnd {
  readonly validation: Scores;
  readonly test: Scores;
  readonly best: number | null;
}

interface FoldsView {
  show(event: FoldEvent): void;
  /** Which fold begins. */
  fold?(text: string): void;
}

type FoldsParts = Omit<RunParts, "fold" | "stopAfter" | "onEvent">;

/** Trains the folds that are not done yet, then everything. False where it was interrupted. */
export async function runFolds(
  context: Context,
  parts: FoldsParts,
  k: number,
  view: FoldsView,
): Promise<boolean> {
  const told = await crossValidate(context, parts, k, view);
  if (told === undefined) return false;
  const result = await runTrainingIn(context, {
    ...parts,
    ...(told.epochs === null ? {} : { stopAfter: told.epochs }),
    onEvent: (event) => view.show(event),
  });
  return result.finished;
}

/** Trains the folds that are not done yet, and logs what they score; undefined where it was interrupted. */
export async function crossValidate(
  context: Context,
  parts: FoldsParts,
  k: number,
  view: FoldsView,
): Promise<Extract<TrainingEvent, { event: "folds" }> | undefined> {
  const warn = (text: string): void => context.error(`warning: ${text}\n`);
  const ends: FoldEnd[] = [];
  for (let fold = 0; fold < k; fold++) {
    const folder = path.join(parts.folder, `fold-${fold + 1}`);
    const before = endOf(folder);
    if (before) {
      checkSame(folder, parts);
      ends.push(before);
      continue;
    }
    view.fold?.(`fold ${fold + 1} of ${k}`);
    const hasBegun = existsSync(folder) && listCheckpoints(folder).length > 0;
    const resume = hasBegun ? await loadSnapshot(folder, warn) : undefined;
    const result = await runTrainingIn(context, {
      ...withoutResume(parts),
      folder,
      fold,
      ...(resume ? { resume } : {}),
      onEvent: (event) => view.show({ ...event, fold: fold + 1, folds: k }),
    });
    if (!result.finished) return undefined;
    const { validation, test, position } = result;
    ends.push({ validation, test, best: position.best?.epoch ?? null });
  }
  const best = ends.flatMap((end) => end.best ?? []);
  const epochs =
    best.length === 0 ? null : Math.round(best.reduce((sum, n) => sum + n, 0) / best.length);
  const told = {
    event: "folds" as const,
    folds: k,
    validation: spreads(ends.map((end) => end.validation)),
    test: spreads(ends.map((end) => end.test)),
    epochs,
  };
  makeRunFolder(parts.folder);
  appendLog(parts.folder, told);
  view.show(told);
  return told;
}

function withoutResume<Parts extends { readonly resume?: unknown }>(
  parts: Parts,
): Omit<Parts, "resume"> {
  const { resume: _resume, ...rest } = parts;
  return rest;
}

/** What a finished fold ended with. */
function endOf(folder: string): FoldEnd | undefined {
  const log = path.join(folder, "log.jsonl");
  if (!existsSync(log)) return undefined;
  const { end } = readHistory(readFileSync(log, "utf8"));
  if (!end?.finished) return undefined;
  return { validation: end.validation, test: end.test, best: end.best?.epoch ?? null };
}

/** Folds of other settings or another text would make a mean of nothing. */
function checkSame(folder: string, { flags, opened }: Pick<RunParts, "flags" | "opened">): void {
  const { sets, sources } = readManifest(folder);
  const old = JSON.stringify([sets, Object.values(sources)]);
  if (old === JSON.stringify([flags.set ?? [], Object.values(opened.file.sources)])) return;
  throw new UserError("this fold was trained with another text of the file or other --set values", {
    place: folder,
    help: "give the file and the flags that the run began with, or train anew without --resume",
  });
}

/** Mean and sample standard deviation of every score. */
export function spreads(scores: readonly Scores[]): Spreads {
  const names = [...new Set(scores.flatMap((each) => Object.keys(each)))];
  const entries = names.map((name) => {
    const values = scores.flatMap((each) => each[name] ?? []);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
    return [name, { mean, deviation }] as const;
  });
  return Object.fromEntries(entries);
}
