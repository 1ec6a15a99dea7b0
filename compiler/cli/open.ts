// What every command does first: options in common, hosts over the disk, the file loaded, its mistakes printed.

import path from "node:path";

import { Option, type Command } from "commander";

import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import { createDataHost, type DownloadProgress } from "../../runtime/node/data-host.ts";
import { createSourceHost } from "../../runtime/node/source-host.ts";
import { load, type LoadedFile } from "../api/load.ts";
import { ProgramError } from "../api/failure.ts";
import { formatBytes, printDiagnostics, type Context, type Format } from "./context.ts";

export interface FileOptions {
  readonly set?: readonly string[];
  readonly format?: Format;
  readonly readAnywhere?: boolean;
  readonly offline?: boolean;
}

/** `--set`, `--format`, `--read-anywhere`, `--offline`. */
export function addFileOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--set <name=value>",
        "give a `let` or an entry of the training another value; may be repeated",
      )
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], "none"),
    )
    .addOption(
      new Option("--format <format>", "how mistakes are printed")
        .choices(["text", "json"])
        .default("text"),
    )
    .option("--read-anywhere", "let the file read outside its folder, $DLM_DATA and the cache")
    .option("--offline", "download nothing");
}

export interface OpenedFile {
  readonly file: LoadedFile;
  readonly dataHost: DataHost;
}

/** Loads a file; prints its mistakes and throws if there are any. */
export function openFile(context: Context, name: string, options: FileOptions): OpenedFile {
  const main = path.resolve(context.cwd, name);
  const anywhere = options.readAnywhere ?? false;
  const host = createSourceHost({ main, workingFolder: context.cwd, anywhere });
  const dataHost = createDataHost({
    folder: path.dirname(main),
    anywhere,
    environment: context.environment,
    ...(options.offline ? {} : { onDownload: announceDownload(context) }),
  });
  const file = load(name, { host, dataHost, sets: parseSets(options.set ?? []) });
  return { file, dataHost };
}

/** Runs a command's body; a program with mistakes is printed in the format asked for. */
export async function withDiagnostics(
  context: Context,
  options: FileOptions,
  body: () => Promise<number>,
): Promise<number> {
  try {
    return await body();
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    printDiagnostics(context, thrown.diagnostics, options.format ?? "text");
    return 1;
  }
}

function parseSets(sets: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const text of sets) {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(0, equals)).trim();
    const value = text.slice(equals + 1).trim();
    const absent = equals < 0 || value === "" ? "value" : name === "" ? "name" : undefined;
    if (absent !== undefined) {
      throw new UserError(`\`--set ${text}\` has no ${absent}`, {
        help: "write --set name=value, for example --set epochs=3",
      });
    }
    // Not by assignment, which would set no `__proto__`; of two values the later counts.
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true });
  }
  return values;
}

function announceDownload(context: Context): (progress: DownloadProgress) => void {
  return ({ url, received, bytes, name }) => {
    if (received === 0) {
      context.error(`downloading ${name}, ${formatBytes(bytes)}, from ${url}\n`);
    } else if (received === bytes) {
      context.bar.close();
    } else if (context.interactive) {
      const texts = (): string[] => [`${formatBytes(received)} of ${formatBytes(bytes)}`];
      context.bar.show({ done: received, total: bytes, texts });
    }
  };
}
