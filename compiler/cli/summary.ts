// `dlmc summary`: a row a layer, totals, planned memory.

import { summarise, type LayerRow, type Summary } from "../api/summary.ts";
import { chooseTraining, dataDims, positiveWhole } from "./choose.ts";
import type { CommandModule } from "./commands.ts";
import { formatBytes, formatCount, groupDigits } from "./context.ts";
import {
  addFileOptions,
  openFile,
  withDiagnostics,
  type FileOptions,
  type OpenedFile,
} from "./open.ts";
import { formatTable } from "./table.ts";

interface SummaryFlags extends FileOptions {
  readonly model?: string;
  readonly training?: string;
  readonly batch?: string;
  readonly json?: boolean;
}

export const define: CommandModule["define"] = (command, run) => {
  addFileOptions(command)
    .option("--training <name>", "which training, if the file has several")
    .option("--model <name>", "a model by itself, with its default settings")
    .option("--batch <n>", "batch size for the planned memory (default: the training's)")
    .option("--json", "print it as JSON");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<SummaryFlags>();
    return withDiagnostics(context, flags, async () => {
      const opened = openFile(context, name, flags);
      const batch = flags.batch === undefined ? undefined : positiveWhole("--batch", flags.batch);
      const summary = await summariseFile(opened, flags, batch);
      context.out(
        flags.json
          ? `${JSON.stringify(summary, null, 2)}\n`
          : `${summaryLines(summary).join("\n")}\n`,
      );
      return 0;
    });
  });
};

async function summariseFile(
  { file, dataHost }: OpenedFile,
  flags: SummaryFlags,
  batch: number | undefined,
): Promise<Summary> {
  const size = batch === undefined ? {} : { batch };
  if (flags.model !== undefined || file.unit.trainings.length === 0) {
    return summarise(file.model(flags.model), size);
  }
  const unit = chooseTraining(file, flags.training);
  return summarise(unit, { ...size, dims: await dataDims(unit.data, dataHost, unit.seed) });
}

/** One number for all axes of space, or one an axis. */
function perAxis(values: readonly string[]): string {
  return new Set(values).size === 1 ? (values[0] ?? "") : values.join("×");
}

function fieldText({ receptiveField }: LayerRow): string {
  return receptiveField ? perAxis(receptiveField.map(({ size }) => String(size))) : "";
}

/** The stride; as a fraction where the tensor is finer than the input. */
function strideText({ receptiveField }: LayerRow): string {
  if (!receptiveField || receptiveField.some(({ size }) => size === "all")) return "";
  const text = (n: number): string => (n >= 1 ? String(n) : `1/${Math.round(1 / n)}`);
  return perAxis(receptiveField.map(({ stride }) => text(stride)));
}

function summaryLines(summary: Summary): string[] {
  const convolutional = summary.layers.some((layer) => layer.receptiveField);
  const spatial = convolutional ? ["field", "stride"] : [];
  const rows = summary.layers.map((layer) => [
    `${"  ".repeat(layer.depth)}${layer.path === "" ? summary.model : layer.path}`,
    layer.block,
    layer.output.join(", "),
    ...(convolutional ? [fieldText(layer), strideText(layer)] : []),
    layer.parameters === 0 ? "" : groupDigits(layer.parameters),
    layer.flops === 0 ? "" : formatCount(layer.flops),
  ]);
  const { memory } = summary;
  const training = memory.training === null ? "" : `${formatBytes(memory.training)} for training, `;
  return [
    ...formatTable(["layer", "block", "output", ...spatial, "parameters", "FLOPs"], rows, [
      false,
      false,
      false,
      ...spatial.map(() => true),
      true,
      true,
    ]),
    "",
    `${summary.model}: ${groupDigits(summary.parameters)} parameters${summary.states > 0 ? `, ${groupDigits(summary.states)} numbers of state` : ""}, ${formatCount(summary.flops)} FLOPs forward an example`,
    `planned memory with batch ${memory.batch}: ${training}${formatBytes(memory.inference)} for inference`,
  ];
}
