// The report of a run folder, and what pages about runs read from one.

import { readFileSync } from "node:fs";
import path from "node:path";

import { UserError } from "../../runtime/errors.ts";
import { fileError, writeAtomically } from "../../runtime/node/files.ts";
import { readManifest } from "../../runtime/node/manifest.ts";
import { inspectAttention } from "../api/attention.ts";
import { inspectSplit } from "../api/inspect.ts";
import { describeLayers } from "../api/summary.ts";
import type { OpenedTraining } from "../api/train.ts";
import { readHistory, type RunHistory } from "../report/history.ts";
import { runReport } from "../report/run-report.ts";

/** Name of the file in the run folder. */
export const reportName = "report.html";

/** Writes `report.html` into the folder of a run that has just ended, with the weights as they are now. */
export async function writeReport(
  folder: string,
  opened: OpenedTraining,
  options: { readonly signal: AbortSignal; readonly finished: boolean },
): Promise<void> {
  const { unit, data } = opened;
  const { counts } = data.source;
  const split = ["test", "validation"].find((name) => (counts[name] ?? 0) > 0);
  const isLookedAt = split !== undefined && options.finished;
  const inspection = isLookedAt
    ? await inspectSplit(opened, split, { signal: options.signal })
    : undefined;
  const attention = isLookedAt ? await inspectAttention(opened, split) : undefined;
  const { layers } = describeLayers(unit.model, { examples: 1, ...data.dims }, unit.batchDim);
  const page = runReport({
    history: readRun(folder),
    manifest: readManifest(folder),
    layers,
    ...(inspection ? { inspection } : {}),
    ...(attention ? { attention } : {}),
  });
  writeAtomically(path.join(folder, reportName), page);
}

/** The log of a run folder. */
export function readRun(folder: string): RunHistory {
  const file = path.join(folder, "log.jsonl");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw fileError(`cannot read ${file}`, cause);
  }
  const history = readHistory(text);
  if (!history.start) {
    throw new UserError("the log tells of no run", {
      place: file,
      help: "give the folder that `dlmc train` named",
    });
  }
  return history;
}
