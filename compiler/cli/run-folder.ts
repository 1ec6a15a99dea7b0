// A run folder: log, manifest, checkpoints. Everything is written beside and renamed.

import { appendFileSync, existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

import { UserError } from "../../runtime/errors.ts";
import { listCheckpoints } from "../../runtime/node/checkpoints.ts";
import { fileError, makeFolders } from "../../runtime/node/files.ts";
import { quoteWord } from "./choose.ts";

/** Where a new run goes: `runs/<name>-<n>` under the working folder, or the folder that was asked for (empty or new).
 *  Nothing is made yet: a run that cannot start leaves no folder behind. */
export function chooseRunFolder(cwd: string, name: string, asked: string | undefined): string {
  if (asked !== undefined) {
    const folder = path.resolve(cwd, asked);
    if (existsSync(folder)) {
      if (!statSync(folder).isDirectory()) {
        throw new UserError(`${asked} is a file, not a folder`, {
          help: "give --out a folder that is new or empty",
        });
      }
      if (entriesOf(folder).length > 0) {
        throw new UserError(`the folder ${asked} is not empty`, {
          help: `take another one, or go on with the run in it: --resume ${quoteWord(asked)}`,
        });
      }
    }
    return folder;
  }
  const runs = path.join(cwd, "runs");
  const safe = name.replace(/[^\p{L}\p{N}_-]/gu, "_");
  for (let n = 1; ; n++) {
    const folder = path.join(runs, `${safe}-${n}`);
    if (!existsSync(folder)) return folder;
  }
}

export function makeRunFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (cause) {
    throw fileError(`cannot make the run folder ${folder}`, cause);
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw fileError(`cannot read the folder ${folder}`, cause);
  }
}

/** The newest run of a training under `runs`, or the folder that was named. */
export function findRunFolder(
  cwd: string,
  name: string,
  asked: string | undefined,
  flag: "--run" | "--resume",
): string {
  if (asked !== undefined) {
    const folder = path.resolve(cwd, asked);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      throw new UserError(`there is no run folder ${asked}`, {
        help: "give the folder that `dlmc train` named",
      });
    }
    return folder;
  }
  const runs = path.join(cwd, "runs");
  const safe = name.replace(/[^\p{L}\p{N}_-]/gu, "_");
  const own = (existsSync(runs) ? entriesOf(runs) : []).filter(
    (entry) => entry.startsWith(`${safe}-`) && /^\d+$/.test(entry.slice(safe.length + 1)),
  );
  const newest = own
    .sort((a, b) => Number(a.slice(safe.length + 1)) - Number(b.slice(safe.length + 1)))
    // One that ended before its first checkpoint is of no use to anybody.
    .findLast((entry) => hasCheckpoint(path.join(runs, entry)));
  if (newest === undefined) {
    throw new UserError(`no run of ${name} was found under ${path.join(".", "runs")}`, {
      help: `train it first, or give the folder: ${flag} DIR`,
    });
  }
  return path.join(runs, newest);
}

/** A cross-validation that is to go on may have checkpoints in its folds alone. */
export function hasCheckpoint(folder: string): boolean {
  const first = path.join(folder, "fold-1");
  return (
    listCheckpoints(folder).length > 0 || (existsSync(first) && listCheckpoints(first).length > 0)
  );
}

/** Appends one JSON object as a line; a log that cannot be written ends the run with the reason. */
export function appendLog(folder: string, entry: object): void {
  const file = path.join(folder, "log.jsonl");
  try {
    appendFileSync(file, `${JSON.stringify(entry)}\n`);
  } catch (cause) {
    throw fileError(`cannot write ${file}`, cause);
  }
}
