// Other frameworks on the same models, where they are installed: programs in a folder outside the repository, each of which
// prints one line of JSON a measurement. What is not there is said, with what would bring it.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import type { Times } from "./measure.ts";
import { runJson } from "./process.ts";

export interface Peer {
  readonly name: string;
  readonly threads: number;
  /** Program and arguments, without the model. */
  readonly command: readonly string[];
  /** It has no training, so it is compared in the forward pass alone. */
  readonly forwardOnly: boolean;
}

export interface PeerFolders {
  /** Where the peers' programs are. */
  readonly programs: string;
  /** Where their packages and converted models are. */
  readonly packages: string;
}

export function peerFolders(given: string | undefined): PeerFolders {
  const beside = path.join(import.meta.dirname, "..", "..", "shared", "bench", "peers");
  return {
    programs: path.resolve(given ?? process.env["DLM_PEERS"] ?? beside),
    packages: process.env["PEERS_DIR"] ?? path.join(os.tmpdir(), "peers"),
  };
}

/** `torch-1`, `ort-node-1`, `ort-web-2`, `tfjs-wasm-1`, `tfjs-wasm-wa`, `tfjs-cpu`, `jax-2`, `jax-relaxed`: a peer, or why not. */
export function findPeer(name: string, { programs, packages }: PeerFolders): Peer | string {
  const threads = Number(/-(\d+)$/.exec(name)?.[1] ?? 1);
  const program = (file: string): string => path.join(programs, file);
  const node = (file: string, ...args: string[]): readonly string[] => [program(file), ...args];
  const limit = ["--threads", String(threads)];
  if (!existsSync(programs)) return `there is no folder ${programs} (--peers-folder names another)`;
  const peer = (command: readonly string[], forwardOnly = false): Peer => ({
    name,
    threads,
    command,
    forwardOnly,
  });
  if (name.startsWith("torch-")) {
    const python = pythonWith("torch");
    if (python === undefined) {
      return "no python3 on the path has torch (on Debian: apt-get install python3-torch libopenblas0)";
    }
    return peer([python, program("peer_torch.py"), ...limit]);
  }
  const kinds: readonly (readonly [prefix: string, needs: string, command: readonly string[]])[] = [
    ["ort-node-", "onnxruntime-node", node("peer_ort.mjs", ...limit)],
    ["ort-web-", "onnxruntime-web", node("peer_ort.mjs", "--web", ...limit)],
    ["tfjs-cpu", "@tensorflow/tfjs", node("peer_tfjs.mjs", "--backend", "cpu")],
    ["tfjs-wasm-wa", "@tensorflow/tfjs-backend-wasm", node("peer_tfjs.mjs", "--backend", "wasm", "--workaround")],
    ["tfjs-wasm-", "@tensorflow/tfjs-backend-wasm", node("peer_tfjs.mjs", "--backend", "wasm", ...limit)],
    ["jax-relaxed", "@jax-js/jax", ["--experimental-wasm-relaxed-simd", ...node("peer_jaxjs.mjs")]],
    ["jax-", "@jax-js/jax", node("peer_jaxjs.mjs", ...limit)],
  ]; // prettier-ignore
  const found = kinds.find(([prefix]) => name.startsWith(prefix));
  if (!found) return "there is no such peer";
  const [, needs, command] = found;
  if (!existsSync(path.join(packages, "node_modules", needs))) {
    return `${needs} is not installed in ${packages} (PEERS_DIR names another; the peers' run.sh installs it)`;
  }
  return peer([process.execPath, ...command], name.startsWith("ort-"));
}

/** The first `python3` on the path that has a module: the one of the system may stand behind another. */
function pythonWith(module: string): string | undefined {
  const given = process.env["PEERS_PYTHON"];
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const candidates = given ? [given] : folders.map((folder) => path.join(folder, "python3"));
  const question = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`;
  return candidates.find(
    (python) => (given || existsSync(python)) && spawnSync(python, ["-c", question]).status === 0,
  );
}

/** Threads are limited by the environment, since one of PyTorch's libraries hears nothing else. */
function environmentOf({ threads }: Peer, { packages }: PeerFolders): Record<string, string> {
  const n = String(threads);
  return { OMP_NUM_THREADS: n, OPENBLAS_NUM_THREADS: n, PEERS_DIR: packages };
}

interface PeerLine {
  readonly error?: string;
  readonly min_ms?: number;
  readonly median_ms?: number;
  readonly cpu_min_ms?: number;
  readonly cpu_ms_per_step?: number;
  readonly reps?: number;
  readonly losses?: readonly number[];
  readonly cold_start_ms?: number;
  readonly peak_rss_mb?: number;
}

export interface PeerRequest {
  readonly model: string;
  readonly mode: "train" | "infer" | "check" | "cold";
  readonly seconds: number;
  /** Seconds after which it is given up. */
  readonly limit: number;
}

/** Runs a peer once; a text tells why there is no figure. */
export async function runPeer(
  peer: Peer,
  folders: PeerFolders,
  { model, mode, seconds, limit }: PeerRequest,
): Promise<PeerLine | string> {
  const [program = "", ...args] = peer.command;
  // In the forward pass the peers take half of the budget.
  const budget = String(mode === "infer" ? 2 * seconds : seconds);
  const line = await runJson<PeerLine>(
    program,
    [...args, "--model", model, "--mode", mode, "--budget", budget],
    { environment: environmentOf(peer, folders), limit },
  );
  return typeof line === "string" ? line : (line.error ?? line);
}

export function timesOf(line: PeerLine): Times | undefined {
  const { min_ms, median_ms, cpu_min_ms, cpu_ms_per_step, reps } = line;
  if (min_ms === undefined) return undefined;
  return {
    min_ms,
    median_ms: median_ms ?? min_ms,
    cpu_ms: cpu_min_ms ?? cpu_ms_per_step ?? Number.NaN,
    reps: reps ?? 1,
    first_ms: Number.NaN,
  };
}

/** GFLOP/s of PyTorch's product of two matrices of 512²: tells whether it found a fast library. */
export function torchProduct(peer: Peer, folders: PeerFolders): number {
  const [python = ""] = peer.command;
  const source = [
    "import time, torch",
    "a = torch.ones(512, 512); best = 1e9",
    "for _ in range(20):",
    "    t = time.perf_counter(); torch.mm(a, a); best = min(best, time.perf_counter() - t)",
    "print(2 * 512 ** 3 / best / 1e9)",
  ].join("\n");
  const ran = spawnSync(python, ["-c", source], {
    env: { ...process.env, ...environmentOf(peer, folders) },
    encoding: "utf8",
  });
  return Number(ran.stdout);
}
