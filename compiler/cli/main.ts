#!/usr/bin/env node
// dlmc: parses the command line, runs a command, turns what was thrown into a message and an exit code.

import { runCommandLine } from "./run.ts";

process.exitCode = await runCommandLine(process.argv.slice(2));
