// Imported first by every script here: a mistake of the person who started it is told without a stack trace.

import { UserError } from "../runtime/errors.ts";

process.on("uncaughtException", (thrown: Error & { code?: string }) => {
  const isTheirs =
    thrown instanceof UserError || thrown.code?.startsWith("ERR_PARSE_ARGS") === true;
  console.error(isTheirs ? `error: ${thrown.message}` : thrown);
  if (thrown instanceof UserError && thrown.help !== undefined)
    console.error(`help: ${thrown.help}`);
  process.exit(isTheirs ? 2 : 1);
});
