// Who takes part: our devices with a number of threads each, and other frameworks.

import { fileURLToPath } from "node:url";

import { devices } from "../runtime/devices/index.ts";
import { measureCold, type Cold } from "./cold.ts";
import type { Times } from "./measure.ts";
import { findPeer, runPeer, timesOf, type Peer, type PeerFolders } from "./peers.ts";
import { runJson } from "./process.ts";
import type { WorkerResult } from "./worker.ts";

export type Pass = "train" | "predict";

/** One round's figures; what only we can tell of ourselves is absent for others. */
export interface Round {
  readonly times?: Times;
  readonly losses?: readonly number[];
  readonly ours?: Pick<
    WorkerResult,
    | "flops"
    | "contraction_flops"
    | "kernels"
    | "gpu"
    | "compile_ms"
    | "planned_bytes"
    | "peak_bytes"
  >;
}

export type ColdRound = Pick<Cold, "first_step_ms" | "peak_bytes"> & Partial<Cold>;

export interface Request {
  readonly model: string;
  readonly pass: Pass;
  /** Losses of four steps with nothing drawn at random, in the place of times. */
  readonly check: boolean;
  readonly seconds: number;
  /** Seconds after which a process is stopped. */
  readonly limit: number;
}

export interface Contestant {
  readonly name: string;
  readonly threads: number;
  readonly ours: boolean;
  /** Has no training. */
  readonly forwardOnly: boolean;
  readonly device?: string;
  /** A process of its own; a text tells why there is no figure. */
  run(request: Request): Promise<Round | string>;
  cold(request: Request): Promise<ColdRound | string>;
}

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Devices that run on one thread whatever is asked for. */
const singleThreaded = new Set(["js", "reference", "webgpu"]);

/** `js` with 1 and 2 threads is `js-1` alone. A text is said to the reader: a device that is not there. */
export function ourContestants(
  names: readonly string[],
  threads: readonly number[],
): (Contestant | string)[] {
  return names.flatMap((device): (Contestant | string)[] => {
    if (!Object.hasOwn(devices, device)) return [`this version has no device ${device}`];
    if (singleThreaded.has(device)) return [ourContestant(device, undefined)];
    return threads.map((n) => ourContestant(device, n));
  });
}

function ourContestant(device: string, threads: number | undefined): Contestant {
  const limited = threads === undefined ? {} : { threads };
  return {
    name: `${device}-${threads ?? 1}`,
    threads: threads ?? 1,
    ours: true,
    forwardOnly: false,
    device,
    async run({ model, pass, check, seconds, limit }) {
      const flags = Object.entries({ model, device, kind: pass, seconds, ...limited });
      const result = await runJson<WorkerResult>(
        process.execPath,
        [
          "--import",
          "tsx",
          worker,
          ...flags.flatMap(([name, value]) => [`--${name}`, String(value)]),
          ...(check ? ["--check"] : []),
        ],
        { limit },
      );
      if (typeof result === "string") return result;
      const { min_ms, median_ms, cpu_ms, reps, first_ms, losses, ...ours } = result;
      const timed = min_ms !== undefined && median_ms !== undefined && cpu_ms !== undefined;
      return {
        ours,
        ...(losses ? { losses } : {}),
        ...(timed && reps !== undefined && first_ms !== undefined
          ? { times: { min_ms, median_ms, cpu_ms, reps, first_ms } }
          : {}),
      };
    },
    cold: ({ model, limit }) => measureCold(model, { device, limit, ...limited }),
  };
}

/** A text is said to the reader: what is missing. */
export function peerContestant(name: string, folders: PeerFolders): Contestant | string {
  const peer = findPeer(name, folders);
  return typeof peer === "string" ? `${name}: ${peer}` : contestantOf(peer, folders);
}

function contestantOf(peer: Peer, folders: PeerFolders): Contestant {
  const { name, threads, forwardOnly } = peer;
  return {
    name,
    threads,
    ours: false,
    forwardOnly,
    async run({ model, pass, check, seconds, limit }) {
      const mode = check ? "check" : pass === "predict" ? "infer" : "train";
      const line = await runPeer(peer, folders, { model, mode, seconds, limit });
      if (typeof line === "string") return line;
      const times = timesOf(line);
      return { ...(times ? { times } : {}), ...(line.losses ? { losses: line.losses } : {}) };
    },
    async cold({ model, seconds, limit }) {
      const line = await runPeer(peer, folders, { model, mode: "cold", seconds, limit });
      if (typeof line === "string") return line;
      const { cold_start_ms: first = Number.NaN, peak_rss_mb: peak = Number.NaN } = line;
      return { first_step_ms: first, peak_bytes: peak * 2 ** 20 };
    },
  };
}
