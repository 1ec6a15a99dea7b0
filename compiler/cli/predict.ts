// `dlmc predict`: the outputs of a trained model for the examples of a split, as JSON lines or a safetensors file.

import path from "node:path";

import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { UserError } from "../../runtime/errors.ts";
import { writeAtomically } from "../../runtime/node/files.ts";
import { sizeOf, type Tensor, type TypedArray } from "../../runtime/types.ts";
import type { OpenedTraining } from "../api/train.ts";
import type { CommandModule } from "./commands.ts";
import { withDiagnostics } from "./open.ts";
import { addTrainedOptions, openTrained, type TrainedFlags } from "./trained.ts";

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
      const limit = flags.limit === undefined ? Infinity : Number(flags.limit);
      if (!(limit > 0)) throw new UserError(`--limit ${flags.limit} is no number of examples`);
      const opened = await openTrained(context, name, flags);
      try {
        const outputs = await predictSplit(opened, flags.split, limit);
        if (flags.out?.endsWith(".safetensors")) {
          writeAtomically(path.resolve(context.cwd, flags.out), writeSafetensors(outputs));
        } else {
          const lines = jsonLines(outputs);
          if (flags.out === undefined) for (const line of lines) context.out(`${line}\n`);
          else writeAtomically(path.resolve(context.cwd, flags.out), `${[...lines].join("\n")}\n`);
        }
      } finally {
        await opened.close();
      }
      return 0;
    });
  });
};

/** Every output whose first axis counts the examples, stacked over the split. */
async function predictSplit(
  opened: OpenedTraining,
  split: string,
  limit: number,
): Promise<Map<string, Tensor>> {
  const { data, runner, batch, unit } = opened;
  const count = Math.min(limit, data.source.counts[split] ?? 0);
  if (count === 0) {
    throw new UserError(`the data have no split \`${split}\``, {
      help: `there are: ${Object.keys(data.source.counts).join(", ")}`,
    });
  }
  const parts = new Map<string, { shape: readonly number[]; pieces: TypedArray[] }>();
  let done = 0;
  for await (const { size, inputs } of data.source.batches(split, {
    epoch: 0,
    batch,
    from: 0,
    training: false,
  })) {
    const found = await runner.forward(inputs, size);
    const program = runner.compiled("predict", size);
    for (const { name, shape } of program.outputs) {
      const values = found[name];
      if (!values || shape[0] !== size) continue;
      const part = parts.get(name) ?? { shape: shape.slice(1), pieces: [] };
      part.pieces.push(values.subarray(0, Math.min(size, count - done) * sizeOf(part.shape)));
      parts.set(name, part);
    }
    done += size;
    if (done >= count) break;
  }
  const outputs = new Map<string, Tensor>();
  for (const { name, type } of unit.model.outputs) {
    const part = parts.get(name);
    if (!part) continue;
    const joined = Float32Array.from(part.pieces.flatMap((piece) => [...piece]));
    const whole = type.dtype === "f32" ? joined : Int32Array.from(joined);
    outputs.set(name, {
      dtype: type.dtype === "f32" ? "f32" : "i32",
      shape: [count, ...part.shape],
      data: whole,
    });
  }
  return outputs;
}

function* jsonLines(outputs: ReadonlyMap<string, Tensor>): Generator<string> {
  const count = [...outputs.values()][0]?.shape[0] ?? 0;
  for (let i = 0; i < count; i++) {
    const entry: Record<string, unknown> = {};
    for (const [name, { shape, data }] of outputs) {
      const size = sizeOf(shape.slice(1));
      entry[name] = shape.length === 1 ? data[i] : [...data.subarray(i * size, (i + 1) * size)];
    }
    yield JSON.stringify(entry);
  }
}
