// `dlmc plot`: the curves of runs over one another, in a page.

import path from "node:path";

import { writeAtomically } from "../../runtime/node/files.ts";
import { readManifest } from "../../runtime/node/manifest.ts";
import { compareRuns, type ComparedRun } from "../report/compare.ts";
import type { CommandModule } from "./commands.ts";
import { readRun } from "./report.ts";

export const define: CommandModule["define"] = (command, run) => {
  command.option("--out <file>", "where the page is written", "plot.html");
  run(async (context) => {
    const { out } = command.opts<{ readonly out: string }>();
    const names = shortNames(command.args);
    const runs = command.args.map((folder, i): ComparedRun => {
      const at = path.resolve(context.cwd, folder);
      return { name: names[i] ?? folder, history: readRun(at), manifest: readManifest(at) };
    });
    writeAtomically(path.resolve(context.cwd, out), compareRuns(runs));
    context.out(`${runs.length} ${runs.length === 1 ? "run" : "runs"} drawn in ${out}\n`);
    return 0;
  });
};

/** The folders without what all of them begin with. */
function shortNames(folders: readonly string[]): string[] {
  const parts = folders.map((folder) => path.normalize(folder).split(path.sep).filter(Boolean));
  let common = 0;
  const least = Math.min(...parts.map((each) => each.length));
  while (common < least - 1 && parts.every((each) => each[common] === parts[0]?.[common])) {
    common += 1;
  }
  return parts.map((each) => each.slice(common).join("/"));
}
