// `dlmc eval`: loss and metrics of a trained model on a split.

import { evaluate } from "../api/train.ts";
import type { CommandModule } from "./commands.ts";
import { withDiagnostics } from "./open.ts";
import { addTrainedOptions, chooseSplit, openTrained, type TrainedFlags } from "./trained.ts";
import { formatScores } from "./scores.ts";

export const define: CommandModule["define"] = (command, run) => {
  addTrainedOptions(command).option("--json", "print the scores as JSON");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<TrainedFlags & { readonly json?: boolean }>();
    return withDiagnostics(context, flags, async () => {
      const opened = await openTrained(context, name, flags);
      try {
        const split = chooseSplit(opened, flags.split);
        const scores = await evaluate(opened, split);
        context.out(
          flags.json ? `${JSON.stringify(scores)}\n` : `${split}  ${formatScores(scores)}\n`,
        );
      } finally {
        await opened.close();
      }
      return 0;
    });
  });
};
