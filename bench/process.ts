// A measurement as a process of its own, which says what it found in one line of JSON.

import { spawn } from "node:child_process";

export interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds after which it is stopped. */
  readonly limit: number;
  /** Sees every line as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly error: string;
  readonly late: boolean;
}

export function runProcess(
  program: string,
  args: readonly string[],
  { environment, limit, onLine }: ProcessOptions,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PEERS_T0_MS: String(Date.now()), ...environment },
    });
    const lines: string[] = [];
    let open = "";
    let error = "";
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, 1000 * limit);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const parts = (open + text).split("\n");
      open = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        onLine?.(line);
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (error += text));
    child.on("error", (thrown) => {
      clearTimeout(timer);
      resolve({ code: null, lines, error: thrown.message, late });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (open !== "") lines.push(open);
      resolve({ code, lines, error, late });
    });
  });
}

/** The last line that is an object; a text tells why there is none. */
export async function runJson<T extends object>(
  program: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<T | string> {
  const ended = await runProcess(program, args, options);
  if (ended.late) return `not finished within ${options.limit} s`;
  const line = ended.lines.findLast((text) => text.startsWith("{"));
  if (line !== undefined) return JSON.parse(line) as T;
  const reasons = ended.error.split("\n").filter((text) => /error/i.test(text));
  return (
    (reasons.at(-1) ?? ended.error.trim().split("\n").at(-1) ?? "").trim() || `exit ${ended.code}`
  );
}
