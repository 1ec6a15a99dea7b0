// `dlmc sweep`: a training tried with several values, a run folder a trial, and a table of what came out.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { UserError } from "../../runtime/errors.ts";
import { listCheckpoints } from "../../runtime/node/checkpoints.ts";
import { fileError, writeAtomically } from "../../runtime/node/files.ts";
import type { Scores, Spreads, TrainingEvent } from "../../runtime/train/events.ts";
import type { TrainingUnit } from "../elaborate/unit.ts";
import { lastScores, readHistory } from "../report/history.ts";
import { chooseTraining, positiveWhole, quoteWord } from "./choose.ts";
import { loadSnapshot } from "./checkpoints.ts";
import type { CommandModule } from "./commands.ts";
import type { Context } from "./context.ts";
import {
  addDeviceOptions,
  addPrecisionOption,
  checkPrecision,
  type DeviceFlags,
} from "./device.ts";
import { crossValidate } from "./folds.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";
import { chooseRunFolder, makeRunFolder } from "./run-folder.ts";
import { runTrainingIn, type RunParts } from "./run-training.ts";
import { formatScore, formatScores } from "./scores.ts";
import { gridTrials, parseAxis, randomTrials } from "./sweep-values.ts";
import { formatTable } from "./table.ts";

interface SweepFlags extends FileOptions, DeviceFlags {
  readonly training?: string;
  readonly random?: string;
  readonly seed: string;
  readonly by?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
  readonly report?: boolean;
}

/** What the sweep is sorted by. */
interface Judge {
  readonly direction: "lowest" | "highest";
  readonly split: "train" | "validation";
  readonly metric: string;
}

interface Trial {
  readonly folder: string;
  readonly sets: readonly string[];
  readonly value: number | null;
  /** Of the value over the folds of a cross-validation. */
  readonly deviation?: number | null;
  readonly validation: Scores;
  readonly train: Scores;
  readonly epochs: number;
}

export const define: CommandModule["define"] = (command, run) => {
  addPrecisionOption(addDeviceOptions(addFileOptions(command)))
    .option("--training <name>", "which training, if the file has several")
    .option("--random <n>", "draw n trials instead of trying every combination; allows ranges")
    .option("--seed <n>", "of the draws", "0")
    .option(
      "--by <score>",
      "sort by this, as `lowest(validation.loss)` (default: the training's `best`)",
    )
    .option("--out <folder>", "where the trials go (default: runs/sweep-<training>-<n>)")
    .option("--resume <folder>", "go on with an interrupted sweep")
    .option("--no-report", "write no report into the trials' folders")
    .option("--json", "print the table as JSON");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<SweepFlags>();
    return withDiagnostics(context, flags, () => runSweep(context, name, flags));
  });
};

async function runSweep(context: Context, name: string, flags: SweepFlags): Promise<number> {
  const axes = (flags.set ?? []).map(parseAxis);
  if (axes.length === 0) {
    throw new UserError("a sweep needs values to try", {
      help: "for example --set lr=0.1,0.03 --set batch=64,256",
    });
  }
  const trials =
    flags.random === undefined
      ? gridTrials(axes)
      : randomTrials(axes, positiveWhole("--random", flags.random), Number(flags.seed) || 0);
  await checkPrecision(flags);
  // Every trial is elaborated before the first one trains: a mistake in the last one comes first.
  const units = trials.map((sets) => {
    const opened = openFile(context, name, { ...flags, set: sets });
    return { sets, opened, unit: chooseTraining(opened.file, flags.training) };
  });
  const [first] = units;
  if (!first) return 0;
  const judge = judgeOf(first.unit, flags.by);
  if (judge.split === "train" && first.unit.data.spec.split.kind === "kfold") {
    throw new UserError("a cross-validation is judged by validation, not by training", {
      help: "for example --by 'lowest(validation.loss)'",
    });
  }
  const folder =
    flags.resume === undefined
      ? chooseRunFolder(context.cwd, `sweep-${first.unit.name}`, flags.out)
      : path.resolve(context.cwd, flags.resume);
  const precision = flags.precision === "f16" ? { precision: flags.precision } : {};
  checkPlan(folder, { file: name, trials, ...precision }, flags.resume !== undefined);
  const shown = path.relative(context.cwd, folder) || ".";
  const say = flags.json ? context.error : context.out;
  const done: Trial[] = [];
  for (const [i, { sets, opened, unit }] of units.entries()) {
    const trial = path.join(folder, `trial-${String(i + 1).padStart(3, "0")}`);
    let found = readTrial(trial, sets, judge);
    if (!found) {
      say(`trial ${i + 1} of ${units.length}: ${sets.join("  ")}\n`);
      const parts = { name, opened, unit, flags: { ...flags, set: sets }, folder: trial };
      if (!(await runTrial(context, parts))) {
        context.bar.close();
        say(`stopped; go on with the same command and --resume ${quoteWord(shown)}\n`);
        return 130;
      }
      found = readTrial(trial, sets, judge);
    }
    if (!found) throw new UserError(`the trial in ${trial} has no end in its log`);
    done.push({ ...found, folder: path.relative(context.cwd, trial) });
    if (!flags.json) context.out(`  ${formatScores({ ...found.train, ...found.validation })}\n`);
  }
  const sorted = sortTrials(done, judge);
  const table = { by: `${judge.direction}(${judge.split}.${judge.metric})`, trials: sorted };
  writeAtomically(path.join(folder, "sweep.json"), `${JSON.stringify(table, undefined, 2)}\n`);
  if (flags.json) context.out(`${JSON.stringify(table, undefined, 2)}\n`);
  else context.out(`\n${tableLines(sorted, judge).join("\n")}\n\nthe sweep is in ${shown}\n`);
  return 0;
}

/** Trains, from where it was interrupted; false where it was interrupted again. A cross-validation has no fit on
 *  everything: its folds are what a trial is judged by. */
async function runTrial(
  context: Context,
  parts: Omit<RunParts, "resume" | "onEvent">,
): Promise<boolean> {
  const { unit, folder } = parts;
  const warn = (text: string): void => context.error(`warning: ${text}\n`);
  const { split } = unit.data.spec;
  if (split.kind === "kfold") {
    const onEvent = (event: TrainingEvent): void => showStep(context, event);
    const found = await crossValidate(context, parts, split.k, { show: onEvent });
    context.bar.close();
    return found !== undefined;
  }
  const hasBegun = existsSync(folder) && listCheckpoints(folder).length > 0;
  const resume = hasBegun ? await loadSnapshot(folder, warn) : undefined;
  const { finished } = await runTrainingIn(context, {
    ...parts,
    ...(resume ? { resume } : {}),
    onEvent: (event) => showStep(context, event),
    onLast: () => context.bar.close(),
  });
  return finished;
}

function showStep(context: Context, event: TrainingEvent): void {
  if (event.event !== "step") return;
  const { step, loss, epoch } = event;
  context.bar.show({
    done: step,
    total: step,
    texts: () => [`epoch ${epoch}`, `step ${step}`, `loss ${formatScore(loss)}`],
  });
}

/** By `--by`, else as the training says what is best, else the loss of validation where there is one. */
function judgeOf(unit: TrainingUnit, asked: string | undefined): Judge {
  if (asked === undefined) {
    if (unit.best) return unit.best;
    const { split } = unit.data.spec;
    const hasValidation =
      split.kind === "holdout"
        ? split.validation > 0
        : split.kind === "kfold" || (split.kind === "given" && "validation" in split.parts);
    return { direction: "lowest", split: hasValidation ? "validation" : "train", metric: "loss" };
  }
  const found = /^(lowest|highest)\((train|validation)\.(.+)\)$/.exec(asked.replaceAll(" ", ""));
  const [, direction, split, metric = ""] = found ?? [];
  const names = ["loss", ...unit.metrics.map((each) => each.name)];
  if (!found || !names.includes(metric)) {
    const isTest = asked.includes("test.");
    throw new UserError(`--by ${asked} is no score to sort by`, {
      help: isTest
        ? "a choice made by test scores makes them too good: take validation"
        : `write lowest(validation.loss) or highest(validation.…); there are ${names.join(", ")}`,
    });
  }
  return {
    direction: direction === "highest" ? "highest" : "lowest",
    split: split === "train" ? "train" : "validation",
    metric,
  };
}

/** Writes what is tried, or compares it with what an interrupted sweep began with. */
function checkPlan(folder: string, plan: object, isResumed: boolean): void {
  const file = path.join(folder, "trials.json");
  const text = `${JSON.stringify(plan, undefined, 2)}\n`;
  if (!isResumed) {
    makeRunFolder(folder);
    writeAtomically(file, text);
    return;
  }
  let before: string;
  try {
    before = readFileSync(file, "utf8");
  } catch (cause) {
    throw fileError(`cannot read ${file}`, cause);
  }
  if (before !== text) {
    throw new UserError("the sweep was begun with other values", {
      place: file,
      help: "give the file, the --set values and the --precision that it began with",
    });
  }
}

/** A trial that has ended, from its log. */
function readTrial(folder: string, sets: readonly string[], judge: Judge): Trial | undefined {
  const log = path.join(folder, "log.jsonl");
  if (!existsSync(log)) return undefined;
  const history = readHistory(readFileSync(log, "utf8"));
  const { end, epochs, folds } = history;
  if (folds) return foldedTrial(folder, sets, judge, folds);
  if (!end?.finished) return undefined;
  const { validation } = end;
  const train = lastScores(history, "train");
  const value = (judge.split === "train" ? train : validation)[judge.metric];
  return { folder, sets, value: value ?? null, validation, train, epochs: epochs.length };
}

/** Means over the folds. */
function foldedTrial(
  folder: string,
  sets: readonly string[],
  { metric }: Judge,
  { validation, epochs }: Extract<TrainingEvent, { event: "folds" }>,
): Trial {
  const meansOf = (spreads: Spreads): Scores =>
    Object.fromEntries(Object.entries(spreads).map(([name, { mean }]) => [name, mean]));
  const spread = validation[metric];
  return {
    folder,
    sets,
    value: spread?.mean ?? null,
    deviation: spread?.deviation ?? null,
    validation: meansOf(validation),
    train: {},
    epochs: epochs ?? 0,
  };
}

function sortTrials(trials: readonly Trial[], { direction }: Judge): Trial[] {
  const sign = direction === "lowest" ? 1 : -1;
  const rank = ({ value }: Trial): number =>
    value === null || Number.isNaN(value) ? Infinity : sign * value;
  return trials.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

function tableLines(trials: readonly Trial[], judge: Judge): string[] {
  const names = [
    ...new Set(trials.flatMap(({ sets }) => sets.map((set) => set.split("=")[0] ?? ""))),
  ];
  const scores = (["validation", "train"] as const).flatMap((split) => {
    const found = [...new Set(trials.flatMap((trial) => Object.keys(trial[split])))];
    return found.map((metric) => ({ split, metric }));
  });
  // What the table is sorted by stands first.
  const isJudge = (score: { split: string; metric: string }): boolean =>
    score.split === judge.split && score.metric === judge.metric;
  const ordered = [...scores.filter(isJudge), ...scores.filter((score) => !isJudge(score))];
  return formatTable(
    [...names, ...ordered.map(({ split, metric }) => `${split} ${metric}`), "run"],
    trials.map((trial) => [
      ...names.map(
        (name) =>
          trial.sets.find((set) => set.startsWith(`${name}=`))?.slice(name.length + 1) ?? "",
      ),
      ...ordered.map((score) => {
        const value = trial[score.split][score.metric];
        if (value === undefined) return "";
        const { deviation } = trial;
        const isSpread = isJudge(score) && typeof deviation === "number";
        return formatScore(value) + (isSpread ? ` ± ${formatScore(deviation)}` : "");
      }),
      trial.folder,
    ]),
    [...names.map(() => true), ...ordered.map(() => true), false],
  );
}
