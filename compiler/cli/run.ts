// The command line as a function: arguments in, exit code out. 0: done; 1: the program, the data or the settings have
// a mistake; 2: the command line itself; 70: a mistake in dlmc; 130: interrupted.

import { Command, CommanderError } from "commander";
import picocolors from "picocolors";

import { createBar } from "./bar.ts";
import { commands } from "./commands.ts";
import type { Context, Format } from "./context.ts";
import { explain } from "./errors.ts";
import { version } from "./version.ts";

export async function runCommandLine(
  args: readonly string[],
  given?: Partial<Context>,
): Promise<number> {
  const interruption = new AbortController();
  const bar = createBar(process.stderr);
  let words = "";
  const context: Context = {
    cwd: process.cwd(),
    environment: process.env,
    // While there is a bar, both streams are the terminal that it stands on.
    out: (text) => (bar.isShown ? bar.write(text) : void process.stdout.write(text)),
    error: (text) => bar.write(text),
    interactive: process.stderr.isTTY && process.stdout.isTTY,
    get columns() {
      return process.stderr.columns ?? 80;
    },
    bar,
    colors: picocolors.createColors(wantsColor()),
    signal: interruption.signal,
    catchInterrupts: (told = "stopping after this step; Ctrl-C again ends at once\n") => {
      words = told;
      if (process.listeners("SIGINT").includes(interrupt)) return;
      process.on("SIGINT", interrupt);
      process.on("SIGTERM", interrupt);
      process.on("SIGHUP", interrupt);
    },
    ...given,
  };
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
    if (words !== "") context.error(words);
  };
  try {
    return await dispatch(args, context);
  } catch (thrown) {
    context.bar.close();
    return explain(thrown, context, formatOf(args));
  } finally {
    context.bar.close();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    process.off("SIGHUP", interrupt);
  }
}

/** Mistakes go to standard error, so its being a terminal counts; https://no-color.org and FORCE_COLOR are heard. */
function wantsColor(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== "0";
  return process.stderr.isTTY && TERM !== "dumb";
}

/** `--format json`, also for what goes wrong before a command reads its flags. */
function formatOf(args: readonly string[]): Format {
  const isJson = args.some(
    (arg, i) => arg === "--format=json" || (arg === "--format" && args[i + 1] === "json"),
  );
  return isJson ? "json" : "text";
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
    command
      .exitOverride()
      .configureOutput({ writeOut: context.out, writeErr: context.error })
      .showHelpAfterError(`(dlmc help ${row.name} lists its options)`);
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
