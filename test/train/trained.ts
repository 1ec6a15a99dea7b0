// A whole training in memory: its events, and the tensors that it ended with.

import { load } from "../../compiler/api/load.ts";
import { train } from "../../compiler/api/train.ts";
import type { DeviceName } from "../../runtime/devices/index.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import type { TrainingEvent } from "../../runtime/train/events.ts";
import type { Tensor } from "../../runtime/types.ts";

export interface Trained {
  readonly events: readonly TrainingEvent[];
  /** Of the last checkpoint. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface TrainedOptions {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly sets?: Readonly<Record<string, string>>;
  readonly training?: string;
  readonly device?: DeviceName;
}

export async function trainText(text: string, options: TrainedOptions = {}): Promise<Trained> {
  const host = memoryHost({ ...options.files, "m.dlm": text });
  const file = load("m.dlm", { host, dataHost: host, sets: options.sets ?? {} });
  const events: TrainingEvent[] = [];
  let tensors: ReadonlyMap<string, Tensor> = new Map();
  await train(file.training(options.training), {
    dataHost: host,
    device: options.device ?? "js",
    onEvent: (event) => events.push(event),
    save: async (snapshot) => {
      tensors = new Map(
        [...snapshot.tensors].map(([path, t]) => [path, { ...t, data: t.data.slice() }]),
      );
      return "memory";
    },
  });
  return { events, tensors };
}

export function lossesOf({ events }: Trained): number[] {
  return events.flatMap((event) => (event.event === "step" ? [event.loss] : []));
}
