// What a person reads when something goes wrong: a mistake of theirs in words with a next step, one of dlmc with a plea.

import { InternalError } from "../../grammar/diagnostic.ts";
import { UserError } from "../../runtime/errors.ts";
import { ProgramError } from "../api/failure.ts";
import { printDiagnostics, type Context, type Format } from "./context.ts";

/** Prints what was thrown; gives the exit code: 1 for the user's mistakes, 70 for one of dlmc. */
export function explain(thrown: unknown, context: Context, format: Format): number {
  if (thrown instanceof ProgramError) {
    printDiagnostics(context, thrown.diagnostics, format);
    return 1;
  }
  const told = thrown instanceof UserError ? thrown : outOfMemory(thrown);
  if (told) {
    if (format === "json") printErrorJson(context, told);
    else printError(context, told);
    return 1;
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const what =
    error instanceof InternalError ? "a mistake in dlmc itself" : "an unexpected error in dlmc";
  context.error(`${what}: ${error.message}\n`);
  const advice =
    "please report it with the file that caused it; DLM_DEBUG=1 prints where it happened";
  context.error(context.environment["DLM_DEBUG"] ? `${error.stack ?? ""}\n` : `${advice}\n`);
  return 70;
}

function printError(context: Context, { message, place, help }: UserError): void {
  const { colors } = context;
  const at = place === undefined ? "" : `${place}: `;
  context.error(`${colors.bold(colors.red("error"))}: ${at}${message}\n`);
  if (help !== undefined) context.error(`${colors.cyan("help")}: ${help}\n`);
}

/** In the form of the diagnostics, without a span: what is wrong may lie in no source file. */
function printErrorJson(context: Context, { message, place, help }: UserError): void {
  const entry = { code: "error", severity: "error", message, place, help };
  context.out(`${JSON.stringify([entry], undefined, 2)}\n`);
}

/** Where the engine has no room for an array. */
function outOfMemory(thrown: unknown): UserError | undefined {
  const isAllocation =
    thrown instanceof RangeError &&
    /allocation|array (buffer )?length|array size|memory/i.test(thrown.message);
  if (!isAllocation) return undefined;
  return new UserError("there is not enough memory for an array that this program needs", {
    help: "take a smaller batch (--set batch=…) or a smaller model; `dlmc summary` tells what is planned",
  });
}
