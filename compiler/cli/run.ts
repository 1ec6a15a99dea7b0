// The command line as a function: arguments in, exit code out. 0: done; 1: the program, the data or the settings have
// a mistake; 2: the command line itself; 70: a mistake in dlmc; 130: interrupted.

import { Command, CommanderError } from "commander";
import picocolors from "picocolors";

import { InternalError } from "../../grammar/diagnostic.ts";
import { UserError } from "../../runtime/errors.ts";
import { ProgramError } from "../api/failure.ts";
import { commands } from "./commands.ts";
import { printDiagnostics, type Context } from "./context.ts";
import { version } from "./version.ts";

export async function runCommandLine(
  args: readonly string[],
  given?: Partial<Context>,
): Promise<number> {
  const interruption = new AbortController();
  const context: Context = {
    cwd: process.cwd(),
    environment: process.env,
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY && process.stdout.isTTY,
    columns: process.stderr.columns ?? 80,
    colors: picocolors.createColors(picocolors.isColorSupported),
    signal: interruption.signal,
    ...given,
  };
  // The first Ctrl-C asks for an orderly end; a second one ends at once.
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    return await dispatch(args, context);
  } catch (thrown) {
    return explain(thrown, context);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

async function dispatch(args: readonly string[], context: Context): Promise<number> {
  let exitCode = 0;
  const program = new Command("dlmc")
    .description(
      "dlm: a language for deep learning. A .dlm file says what a model is and how it learns.",
    )
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.error })
    .showSuggestionAfterError()
    .showHelpAfterError("(dlmc --help lists the commands)");
  const asked = args.find((arg) => !arg.startsWith("-"));
  for (const row of commands) {
    const command = program.command(`${row.name} ${row.usage}`).description(row.summary);
    command.exitOverride().configureOutput({ writeOut: context.out, writeErr: context.error });
    if (row.name !== asked && !(asked === "help" && args.includes(row.name))) continue;
    const module = await row.load();
    module.define(command, (handler) => {
      command.action(async () => {
        exitCode = await handler(context);
      });
    });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    throw thrown;
  }
  return exitCode;
}

function explain(thrown: unknown, context: Context): number {
  const { colors } = context;
  if (thrown instanceof ProgramError) {
    printDiagnostics(context, thrown.diagnostics, "text");
    return 1;
  }
  if (thrown instanceof UserError) {
    const place = thrown.place === undefined ? "" : `${thrown.place}: `;
    context.error(`${colors.bold(colors.red("error"))}: ${place}${thrown.message}\n`);
    if (thrown.help !== undefined) context.error(`${colors.cyan("help")}: ${thrown.help}\n`);
    return 1;
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof RangeError && /allocation|array length|memory/i.test(error.message)) {
    context.error(
      `error: out of memory (${error.message})\nhelp: take a smaller batch (--set batch=…)\n`,
    );
    return 1;
  }
  const what =
    error instanceof InternalError ? "a mistake in dlmc itself" : "an unexpected error in dlmc";
  context.error(`${what}: ${error.message}\n`);
  const advice =
    "please report it with the file that caused it; DLM_DEBUG=1 prints where it happened";
  context.error(context.environment["DLM_DEBUG"] ? `${error.stack ?? ""}\n` : `${advice}\n`);
  return 70;
}
