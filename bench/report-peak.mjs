// Loaded into a process before its program: writes the peak of its resident memory, in bytes, into a file when it ends.

import { writeFileSync } from "node:fs";

const file = process.env.DLM_BENCH_PEAK;
process.on("exit", () => {
  if (file) writeFileSync(file, String(1024 * process.resourceUsage().maxRSS));
});
