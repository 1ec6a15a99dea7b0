#!/usr/bin/env node
// dlmc: parses the command line, runs a command, turns what was thrown into a message and an exit code.

import { setFlagsFromString } from "node:v8";

import { fileError } from "../../runtime/node/files.ts";
import { runCommandLine } from "./run.ts";
import { keepHeapSmall } from "./memory.ts";

// V8 optimises a function once it has run through this many bytes of its code. Most of the compiler runs for a few
// hundredths of a second, where optimising costs more than it saves; kernels reach this within one or two steps.
setFlagsFromString("--interrupt-budget=400000");
keepHeapSmall();

// A reader that has seen enough, as in `dlmc predict … | head`, is no error; a full disk is one.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: Error & { code?: string }) => {
    if (error.code === "EPIPE") process.exit(0);
    if (stream === process.stdout) {
      const { message } = fileError("cannot write the output", error);
      process.stderr.write(`error: ${message}\n`);
    }
    process.exit(1);
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2));
