// Snapshots of a training in its run folder.

import type { Snapshot } from "../api/train.ts";
import type { BestStore } from "../api/best.ts";
import {
  latestCheckpoint,
  readBest,
  writeBest,
  writeCheckpoint,
} from "../../runtime/node/checkpoints.ts";
import { UserError } from "../../runtime/errors.ts";
import { version } from "./version.ts";

/** Saves a snapshot into a run folder; gives the file's path. */
export function saveSnapshot(folder: string, snapshot: Snapshot): Promise<string> {
  return writeCheckpoint(folder, {
    tensors: snapshot.tensors,
    position: snapshot.position,
    fingerprint: snapshot.fingerprint,
    version: version(),
  });
}

/** The newest sound snapshot of a run folder. */
export async function loadSnapshot(
  folder: string,
  onDamaged: (message: string) => void,
): Promise<Snapshot> {
  const found = await latestCheckpoint(folder, onDamaged);
  if (!found) {
    throw new UserError(`${folder} holds no checkpoint`, {
      help: "give the folder of a run, as `dlmc train` named it; a run may also have ended before its first checkpoint",
    });
  }
  return found;
}

/** The best weights of a run, in a file of its folder. */
export function bestStore(folder: string): BestStore {
  return {
    save: (snapshot) => writeBest(folder, { ...snapshot, version: version() }),
    load: () => readBest(folder),
  };
}

/** The weights that a run is used with: its best, where it keeps them, else the newest. */
export async function loadWeights(
  folder: string,
  onDamaged: (message: string) => void,
): Promise<Snapshot> {
  try {
    const best = await readBest(folder);
    if (best) return best;
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    onDamaged(
      `${cause.place === undefined ? "" : `${cause.place}: `}${cause.message}; the newest weights are used`,
    );
  }
  return loadSnapshot(folder, onDamaged);
}
