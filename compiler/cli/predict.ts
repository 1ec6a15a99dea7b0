// `dlmc predict`: the outputs of a trained model for the examples of a split, as JSON lines or a safetensors file.

import path from "node:path";

import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { UserError } from "../../runtime/errors.ts";
import { writeAtomically } from "../../runtime/node/files.ts";
import { allocate, sizeOf, type Tensor } from "../../runtime/types.ts";
import type { OpenedTraining } from "../api/train.ts";
import { positiveWhole } from "./choose.ts";
import type { CommandModule } from "./commands.ts";
import { withDiagnostics } from "./open.ts";
import { addTrainedOptions, chooseSplit, openTrained, type TrainedFlags } from "./trained.ts";

interface PredictFlags extends TrainedFlags {
  readonly out?: string;
  readonly limit?: string;
}

export const define: CommandModule["define"] = (command, run) => {
  addTrainedOptions(command)
    .option("--limit <n>", "only the first n examples")
    .option("--out <file>", "write `.jsonl` or `.safetensors` instead of printing JSON lines");
  run((context) => {
    const [name = ""] = command.args;
    const flags = command.opts<PredictFlags>();
    return withDiagnostics(context, flags, async () => {
      const limit = flags.limit === undefined ? Infinity : positiveWhole("--limit", flags.limit);
      const form = formOf(flags.out);
      const opened = await openTrained(context, name, flags);
      try {
        const outputs = await predictSplit(opened, chooseSplit(opened, flags.split), limit);
        if (flags.out === undefined) {
          for (const line of jsonLines(outputs)) context.out(`${line}\n`);
          return 0;
        }
        const bytes =
          form === "safetensors"
            ? writeSafetensors(outputs)
            : `${[...jsonLines(outputs)].join("\n")}\n`;
        writeAtomically(path.resolve(context.cwd, flags.out), bytes);
        const count = [...outputs.values()][0]?.shape[0] ?? 0;
        context.error(`${count} examples written to ${flags.out}\n`);
      } finally {
        await opened.close();
      }
      return 0;
    });
  });
};

/** By the ending of the file's name; JSON lines where nothing is written. */
function formOf(out: string | undefined): "jsonl" | "safetensors" {
  if (out === undefined || out.endsWith(".jsonl")) return "jsonl";
  if (out.endsWith(".safetensors")) return "safetensors";
  throw new UserError(`--out ${out} must end in .jsonl or .safetensors`);
}

/** Every output whose first axis counts the examples, stacked over the split. */
async function predictSplit(
  opened: OpenedTraining,
  split: string,
  limit: number,
): Promise<Map<string, Tensor>> {
  const { data, runner, batch, unit } = opened;
  const count = Math.min(limit, data.source.counts[split] ?? 0);
  const outputs = new Map<string, Tensor>();
  let done = 0;
  for await (const { size, inputs } of data.source.batches(split, {
    epoch: 0,
    batch: Math.min(batch, count),
    from: 0,
    training: false,
    inOrder: true,
  })) {
    const found = await runner.forward(inputs, size);
    for (const { name, dtype, shape } of runner.compiled("predict", size).outputs) {
      const values = found[name];
      if (!values || shape[0] !== size) continue;
      const example = sizeOf(shape.slice(1));
      const whole = outputs.get(name) ?? {
        dtype,
        shape: [count, ...shape.slice(1)],
        data: allocate(dtype, count * example),
      };
      whole.data.set(values.subarray(0, Math.min(size, count - done) * example), done * example);
      outputs.set(name, whole);
    }
    done += size;
    if (done >= count) break;
  }
  if (outputs.size === 0) {
    throw new UserError(`no output of ${unit.model.name} counts the examples by its first axis`);
  }
  return outputs;
}

/** One object an example: outputs by name, lists nested as their shapes are; `bool` as true and false. */
function* jsonLines(outputs: ReadonlyMap<string, Tensor>): Generator<string> {
  const count = [...outputs.values()][0]?.shape[0] ?? 0;
  for (let i = 0; i < count; i++) {
    const entry: Record<string, unknown> = {};
    for (const [name, tensor] of outputs) entry[name] = nested(tensor, 1, i);
    yield JSON.stringify(entry);
  }
}

/** The part of a tensor that an index into the axes before `axis` picks. */
function nested(tensor: Tensor, axis: number, index: number): unknown {
  const { dtype, shape, data } = tensor;
  const length = shape[axis];
  if (length === undefined) return dtype === "bool" ? data[index] !== 0 : data[index];
  return Array.from({ length }, (_, i) => nested(tensor, axis + 1, index * length + i));
}
