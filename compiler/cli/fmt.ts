// `dlmc fmt`: files in the one form of the language.

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import { Reporter } from "../../grammar/diagnostic.ts";
import { UserError } from "../../runtime/errors.ts";
import { fileError, writeAtomically } from "../../runtime/node/files.ts";
import type { CommandModule } from "./commands.ts";
import { printDiagnostics, type Context } from "./context.ts";

interface FmtFlags {
  readonly check?: boolean;
}

/** Folders that hold no sources of one's own. */
const leftOut: ReadonlySet<string> = new Set(["node_modules", "dist", "runs"]);

export const define: CommandModule["define"] = (command, run) => {
  command.option("--check", "change nothing: list the files that are not formatted, exit code 1");
  run(async (context) => {
    const flags = command.opts<FmtFlags>();
    let isClean = true;
    let isBroken = false;
    for (const name of filesOf(context, command.args)) {
      const result = await formatFile(context, name, flags.check ?? false);
      isClean &&= result === "same";
      isBroken ||= result === "broken";
    }
    return isBroken || (flags.check && !isClean) ? 1 : 0;
  });
};

/** Files as they were named, and all `.dlm` files below named folders; `-` is the standard input. */
function filesOf(context: Context, names: readonly string[]): string[] {
  const files = names.flatMap((name) => {
    if (name === "-") return [name];
    const found = statSync(path.resolve(context.cwd, name), { throwIfNoEntry: false });
    if (!found) {
      throw new UserError(`there is no file or folder ${name}`, { help: "check the path" });
    }
    return found.isDirectory() ? filesBelow(context.cwd, name) : [name];
  });
  if (files.length > 0) return [...new Set(files)];
  throw new UserError(`no .dlm file lies below ${names.join(", ")}`, {
    help: "name files, or a folder with some",
  });
}

function filesBelow(cwd: string, folder: string): string[] {
  const entries = readdirSync(path.resolve(cwd, folder), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        const isOther = leftOut.has(entry.name) || entry.name.startsWith(".");
        return isOther ? [] : filesBelow(cwd, name);
      }
      return entry.isFile() && entry.name.endsWith(".dlm") ? [name] : [];
    });
}

async function formatFile(
  context: Context,
  name: string,
  check: boolean,
): Promise<"same" | "changed" | "broken"> {
  const isInput = name === "-";
  const text = isInput ? await readInput() : readText(path.resolve(context.cwd, name), name);
  const reporter = new Reporter();
  const shown = isInput ? "(standard input)" : name;
  const { formatText } = await import("../../grammar/format/text.ts");
  const formatted = await formatText(text, shown, reporter);
  if (formatted === undefined) {
    printDiagnostics(context, reporter.diagnostics, "text");
    return "broken";
  }
  const isSame = formatted === text;
  if (isInput && !check) context.out(formatted);
  if (isSame) return "same";
  if (check) context.out(`${shown}\n`);
  else if (!isInput) {
    writeAtomically(path.resolve(context.cwd, name), formatted);
    context.out(`${name}\n`);
  }
  return "changed";
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw fileError(`cannot read ${name}`, cause);
  }
}

async function readInput(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
