// `dlmc data`: what a data declaration yields, as text or JSON, and a sheet of its pictures.

import path from "node:path";

import { UserError } from "../../runtime/errors.ts";
import { writeAtomically } from "../../runtime/node/files.ts";
import { openTrainingData } from "../api/data.ts";
import { reportData } from "../api/data-report.ts";
import type { LoadedFile } from "../api/load.ts";
import { quoteWord } from "./choose.ts";
import type { CommandModule } from "./commands.ts";
import { groupDigits } from "./context.ts";
import { reportLines } from "./data-lines.ts";
import { addFileOptions, openFile, withDiagnostics, type FileOptions } from "./open.ts";

interface DataFlags extends FileOptions {
  readonly data?: string;
  readonly sheet?: string;
  readonly json?: boolean;
}

export const define: CommandModule["define"] = (command, run) => {
  addFileOptions(command)
    .option("--data <name>", "which declaration, if the file has several")
    .option("--sheet <file.png>", "draw a sheet of its pictures, augmented ones beside originals")
    .option("--json", "print it as JSON");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<DataFlags>();
    return withDiagnostics(context, flags, async () => {
      if (flags.sheet !== undefined && !/\.png$/i.test(flags.sheet)) {
        throw new UserError(`--sheet writes PNG, not \`${flags.sheet}\``, {
          help: "write for example --sheet sheet.png",
        });
      }
      const { file, dataHost } = openFile(context, name, flags);
      const chosen = chooseData(file, flags.data);
      const unit = file.data(chosen);
      context.catchInterrupts();
      const seed = seedOf(file, unit.name);
      const data = await openTrainingData(unit, { dataHost, seed, allowMissing: true });
      try {
        const report = await reportData(data, {
          name: unit.name,
          augmented: unit.augmented && data.dataset.rowSeed === undefined,
          signal: context.signal,
          onProgress: (done, total) => {
            if (!context.interactive) return;
            if (done === total) context.bar.close();
            else
              context.bar.show({
                done,
                total,
                texts: () => [`${groupDigits(done)} of ${groupDigits(total)} examples`],
              });
          },
        });
        // The sheet first: what cannot be drawn is told before pages of figures.
        const sheet =
          flags.sheet === undefined ? undefined : path.resolve(context.cwd, flags.sheet);
        if (sheet !== undefined) {
          const { drawSheet } = await import("./data-sheet.ts");
          writeAtomically(sheet, await drawSheet(data, report));
        }
        context.out(
          flags.json
            ? `${JSON.stringify(report, null, 2)}\n`
            : `${reportLines(report, context.columns).join("\n")}\n`,
        );
        if (flags.sheet !== undefined && !flags.json)
          context.out(`the sheet is in ${flags.sheet}\n`);
        return 0;
      } finally {
        context.bar.close();
        await data.close();
      }
    });
  });
};

function chooseData(file: LoadedFile, name: string | undefined): string | undefined {
  const names = file.unit.data;
  if (name === undefined && names.length > 1 && file.diagnostics.length === 0) {
    throw new UserError(`${file.path} has ${names.length} data declarations`, {
      help: `choose one: ${names.map((each) => `--data ${quoteWord(each)}`).join(" or ")}`,
    });
  }
  return name;
}

/** The seed of the training on these data, which draws their splits. */
function seedOf(file: LoadedFile, data: string): number {
  const training = file.unit.trainings.find((each) => each.data === data);
  return training === undefined ? 0 : file.training(training.name).seed;
}
