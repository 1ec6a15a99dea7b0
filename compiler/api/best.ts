// The weights of the best epoch: kept while a training runs, put back at its end.

import { UserError } from "../../runtime/errors.ts";
import type { BestKeeper } from "../../runtime/train/best.ts";
import type { Tensor } from "../../runtime/types.ts";
import { averagePath } from "../elaborate/average.ts";
import { averageStates } from "./persistent.ts";
import type { OpenedTraining, Snapshot } from "./train.ts";

/** Where the best weights lie. A snapshot holds the model's tensors and the data's fitted states alone. */
export interface BestStore {
  /** Takes the place of what was saved before; the snapshot is valid until the promise ends. */
  save(snapshot: Snapshot): Promise<void>;
  load(): Promise<Snapshot | undefined>;
}

export function createMemoryStore(): BestStore {
  let kept: Snapshot | undefined;
  return {
    save(snapshot) {
      const copies = [...snapshot.tensors].map(([path, tensor]): [string, Tensor] => [
        path,
        { ...tensor, data: tensor.data.slice() },
      ]);
      kept = { ...snapshot, tensors: new Map(copies) };
      return Promise.resolve();
    },
    load: () => Promise.resolve(kept),
  };
}

/** `check`: whether the weights are there that a resumed run was promised; a UserError if not. */
export function createKeeper(
  { unit, runner, data, fingerprint }: OpenedTraining,
  store: BestStore,
): BestKeeper & { check(): Promise<void> } {
  const { session, persistent } = runner;
  const averages = averageStates(unit);
  const paths = new Set([...unit.model.tensors, ...averages].map((spec) => spec.path));
  const demand = async (): Promise<Snapshot> => {
    const found = await store.load();
    if (found) return found;
    throw new UserError("the best weights of this run are missing", {
      help: "put best.safetensors back into its folder, or train anew without --resume",
    });
  };
  return {
    async keep(position) {
      const tensors = new Map<string, Tensor>(data.fitted);
      for (const { name, dtype, shape } of persistent.tensors) {
        if (!paths.has(name)) continue;
        const values = session.peek?.(name) ?? (await session.read(name));
        tensors.set(name, { dtype, shape, data: values });
      }
      // The average is what was judged: whoever reads the file finds it as the weights themselves.
      for (const path of unit.averages?.keys() ?? []) {
        const average = tensors.get(averagePath(path));
        if (average) tensors.set(path, average);
      }
      await store.save({ tensors, position, fingerprint });
    },
    async restore() {
      for (const [path, tensor] of (await demand()).tensors) {
        if (paths.has(path)) runner.write(path, tensor.data);
      }
    },
    check: async () => void (await demand()),
  };
}
