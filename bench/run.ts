// The benchmark: `npm run bench -- [models] [--device js] [--threads 1,2] [--peers torch-1,ort-web-1] [--json file]`.
// Ours and the others' take turns, each time in a process of its own, and the minimum counts. docs/performance.md tells how
// to read the table.

import "./mistakes.ts";

import { writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";

import { UserError } from "../runtime/errors.ts";
import { measureLimits } from "../compiler/cli/limits.ts";
import { commandLine } from "./cold.ts";
import {
  ourContestants,
  peerContestant,
  type ColdRound,
  type Contestant,
  type Request,
  type Round,
} from "./contestants.ts";
import { better } from "./measure.ts";
import { modelNamed, models } from "./models.ts";
import { findPeer, peerFolders, torchProduct } from "./peers.ts";
import { lossLines, rowsOf, tableOf, type Outcome, type Row } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: "string", default: "wasm" },
    threads: { type: "string", default: "1" },
    peers: { type: "string", default: "torch-1" },
    "peers-folder": { type: "string" },
    pass: { type: "string", default: "train" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    limit: { type: "string", default: "240" },
    "skip-cold": { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    json: { type: "string" },
  },
});

const list = (text: string): string[] => text.split(",").filter((word) => word !== "");
/** A word of --threads. */
function threadCount(word: string): number {
  const count = Number(word);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UserError(`--threads ${word} is no number of threads`, { help: "write --threads 1,2" });
}
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const pass = values.pass === "predict" ? "predict" : "train";
const folders = peerFolders(values["peers-folder"]);
const found = [
  ...ourContestants(list(values.device), list(values.threads).map(threadCount)),
  ...list(values.peers).map((name) => peerContestant(name, folders)),
];
const notes = found.filter((each): each is string => typeof each === "string");
const contestants = found.filter((each): each is Contestant => typeof each !== "string");
const ceiling = measureLimits(0.5);
notes.push(...warnings());
for (const note of notes) say(note);

const rows: Row[] = [];
for (const name of positionals.length > 0 ? positionals : models.map((model) => model.name)) {
  modelNamed(name);
  const request: Request = {
    model: name,
    pass,
    check: values.check,
    seconds: Number(values.seconds),
    limit: Number(values.limit),
  };
  if (values.check) await compareLosses(request);
  else rows.push(...rowsOf(name, pass, await compete(request), ceiling));
}

if (!values.check) {
  const load = os.loadavg()[0] ?? 0;
  const machine = {
    cpu: os.cpus()[0]?.model ?? "",
    cores: os.availableParallelism(),
    node: process.version,
    ceiling,
    load,
  };
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; 128-bit limit ${ceiling.gflops.toFixed(1)} GFLOP/s a core (${ceiling.kind}); load ${load.toFixed(1)}`,
  );
  console.log(tableOf(rows).join("\n"));
  for (const note of notes) console.log(note);
  if (values.json) {
    const report = { date: new Date().toISOString(), machine, notes, rows };
    writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
  }
}

/** All contestants in turn, several rounds; then the time to the first step. */
async function compete(request: Request): Promise<Outcome[]> {
  const outcomes = new Map<Contestant, Outcome>();
  const taking = contestants.filter((each) => request.pass === "predict" || !each.forwardOnly);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const contestant of taking) {
      const before = outcomes.get(contestant);
      // What fails once fails again, and what takes long says little more when repeated.
      if (before && (before.error !== undefined || before.times?.reps === 1)) continue;
      const result = await contestant.run(request);
      const after = merge(contestant, before, result);
      outcomes.set(contestant, after);
      say(
        `${request.model} ${contestant.name}: ${after.times?.min_ms.toFixed(2) ?? after.error} ms`,
      );
    }
  }
  const skipCold = values["skip-cold"] || request.pass === "predict";
  for (let round = 0; round < 2 && !skipCold; round++) {
    for (const contestant of taking) {
      const before = outcomes.get(contestant);
      if (!before || before.error !== undefined || (before.cold?.first_step_ms ?? 0) > 5000)
        continue;
      const cold = await contestant.cold(request);
      if (typeof cold === "string") say(`${request.model} ${contestant.name}: ${cold}`);
      else outcomes.set(contestant, { ...before, cold: quicker(before.cold, cold) });
    }
  }
  return [...outcomes.values()];
}

function merge(
  contestant: Contestant,
  before: Outcome | undefined,
  result: Round | string,
): Outcome {
  if (typeof result === "string") return { ...before, contestant, error: result };
  const { times, ours } = result;
  if (!times) return { ...before, contestant, error: "no times" };
  return {
    contestant,
    times: before?.times ? better(before.times, times) : times,
    ...(ours ? { ours } : {}),
  };
}

function quicker(before: ColdRound | undefined, now: ColdRound): ColdRound {
  return before && before.first_step_ms < now.first_step_ms ? before : now;
}

async function compareLosses(request: Request): Promise<void> {
  const all: { name: string; losses: readonly number[] }[] = [];
  for (const contestant of contestants) {
    const result = await contestant.run(request);
    if (typeof result === "string") say(`${request.model} ${contestant.name}: ${result}`);
    else if (result.losses) all.push({ name: contestant.name, losses: result.losses });
  }
  console.log(lossLines(request.model, all).join("\n"));
}

/** What makes figures worth less than they look. */
function warnings(): string[] {
  const texts: string[] = [];
  const load = os.loadavg()[0] ?? 0;
  if (load > 0.5)
    texts.push(`the machine is not idle (load ${load.toFixed(1)}): trust ratios and minima`);
  const { stale } = commandLine();
  if (stale !== undefined && !values["skip-cold"] && pass === "train" && !values.check) {
    texts.push(
      `${stale}: the first step is measured on the sources, which start later (npm run build)`,
    );
  }
  const torch = list(values.peers).find((name) => name.startsWith("torch-"));
  const peer = torch === undefined ? "" : findPeer(torch, folders);
  if (typeof peer !== "string") {
    const speed = torchProduct(peer, folders);
    if (speed < ceiling.gflops / 4) {
      texts.push(
        `PyTorch multiplies matrices at ${speed.toFixed(1)} GFLOP/s only: it lacks a fast library (on Debian libopenblas0)`,
      );
    }
  }
  return texts;
}
