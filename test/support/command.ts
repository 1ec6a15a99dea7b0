// The command line in a test: arguments in, exit code and text out, in a folder of its own.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import picocolors from "picocolors";

import { runCommandLine } from "../../compiler/cli/run.ts";
import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export interface Folder {
  readonly path: string;
  write(name: string, text: string | Uint8Array): string;
  /** Runs dlmc in this folder. */
  run(
    args: readonly string[],
    options?: {
      signal?: AbortSignal;
      environment?: Record<string, string>;
      /** Sees the output so far after every piece of it. */
      onOut?: (out: string) => void;
    },
  ): Promise<Ran>;
  remove(): void;
}

/** A temporary folder with files in it. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): Folder {
  const folder = mkdtempSync(path.join(tmpdir(), "dlm-test-"));
  const write = (name: string, content: string | Uint8Array): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    path: folder,
    write,
    async run(args, options = {}) {
      let out = "";
      let error = "";
      const code = await runCommandLine(args, {
        cwd: folder,
        environment: {
          DLM_DATA: undefined,
          XDG_CACHE_HOME: path.join(folder, ".cache"),
          ...options.environment,
        },
        out: (text) => {
          out += text;
          options.onOut?.(out);
        },
        error: (text) => void (error += text),
        interactive: false,
        columns: 100,
        colors: picocolors.createColors(false),
        catchInterrupts: () => undefined,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      return { code, out, error };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface LoggedEvent {
  readonly event: string;
  readonly [key: string]: unknown;
}

/** The events of a log in JSON lines. */
export function readEvents(text: string): LoggedEvent[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LoggedEvent);
}

/** The numbers of a run's newest checkpoint, by path. */
export function readWeights(run: string): Map<string, number[]> {
  const entries = readdirSync(run).filter((name) => name.endsWith(".safetensors"));
  const file = path.join(run, entries.sort().at(-1) ?? "");
  const { tensors } = readSafetensors(readFileSync(file), file);
  return new Map([...tensors].map(([name, tensor]) => [name, [...tensor.data]]));
}

/** A small file that trains in a moment: a line, fitted. */
export const lineSource = `
data line = synthetic(120, seed = 3) {
  field x: [2] = uniform([2], from = -1, to = 1)
  field y: [1] = [3 * x[0] - 2 * x[1] + 1]
  split = holdout(validation = 0.2, test = 0.1)
}

model Line(x: [batch, d]) -> (guess: [batch, 1]) = x |> dense(8) |> tanh |> dropout(0.1) |> dense(1)

train Line on line {
  loss      = mse(guess, y)
  metrics   = { distance = average(abs(guess - y)) }
  optimizer = adam(lr = 0.02)
  batch     = 16
  epochs    = 4
  seed      = 5
}
`;
