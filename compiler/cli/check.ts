// `dlmc check`: finds every mistake that can be known before running.

import type { CommandModule } from "./commands.ts";
import { printDiagnostics } from "./context.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";

export const define: CommandModule["define"] = (command, run) => {
  addFileOptions(command);
  run((context) => {
    const [name = ""] = command.args;
    const options = command.opts<FileOptions>();
    return withDiagnostics(context, options, async () => {
      const { file } = openFile(context, name, options);
      const found = file.checkAll();
      const format = options.format ?? "text";
      if (found.length > 0 || format === "json") printDiagnostics(context, found, format);
      const errors = found.filter((d) => d.severity === "error").length;
      if (errors > 0) {
        if (format === "text") context.error(`${plural(errors, "mistake")}\n`);
        return 1;
      }
      if (format === "text") {
        const { models, data, trainings } = file.unit;
        const parts = [
          plural(models.length, "model"),
          plural(data.length, "data declaration"),
          plural(trainings.length, "training"),
        ];
        context.out(`${name}: ${parts.join(", ")}: no mistakes\n`);
      }
      return 0;
    });
  });
};

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
