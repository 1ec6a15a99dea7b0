// Snapshots of a training in its run folder.

import type { Snapshot } from "../api/train.ts";
import { latestCheckpoint, writeCheckpoint } from "../../runtime/node/checkpoints.ts";
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
