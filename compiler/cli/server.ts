// `dlmc server`: the language server for editors, over standard input and output.

import path from "node:path";

import { formatText } from "../../grammar/format/text.ts";
import { readerCatalogue } from "../../runtime/data/readers/index.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import type { Host } from "../../runtime/host.ts";
import { createSourceHost } from "../../runtime/node/source-host.ts";
import { describeLayers } from "../api/summary.ts";
import { serve } from "../server/connection.ts";
import type { CommandModule } from "./commands.ts";
import type { Context } from "./context.ts";

export const define: CommandModule["define"] = (command, run) => {
  command.option("--stdio", "speak over standard input and output (there is no other way)");
  run(async (context) => {
    await startServer(context);
    return 0;
  });
};

/** Serves until the client ends it. */
export async function startServer({
  cwd,
  environment,
}: Pick<Context, "cwd" | "environment">): Promise<void> {
  const dataHost = createDataHost({ folder: cwd, anywhere: false, environment });
  await serve({
    hostFor: wholePaths,
    readers: readerCatalogue(dataHost),
    measure: (model) => describeLayers(model, {}, model.openDims[0]).layers,
    format: formatText,
  });
}

/** Files by their whole paths: an editor makes addresses of them. */
function wholePaths(main: string): Host {
  const folder = path.dirname(main);
  const host = createSourceHost({ main, workingFolder: folder });
  return {
    ...host,
    resolve(specifier, from) {
      const found = host.resolve(specifier, from);
      return found === undefined ? undefined : path.resolve(folder, found);
    },
  };
}
