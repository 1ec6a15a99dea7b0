// What a command works on: a training chosen by name, numbers given to flags, sizes that only the data know.

import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import { openTrainingData } from "../api/data.ts";
import type { LoadedFile } from "../api/load.ts";
import type { DataUnit, TrainingUnit } from "../elaborate/unit.ts";

/** The training of this name, or the only one; where there are several, the message tells the flag to write. */
export function chooseTraining(file: LoadedFile, name: string | undefined): TrainingUnit {
  const names = file.unit.trainings.map((training) => training.name);
  if (name === undefined && names.length > 1 && file.diagnostics.length === 0) {
    throw new UserError(`${file.path} has ${names.length} trainings`, {
      help: `choose one: ${names.map((each) => `--training ${quoteWord(each)}`).join(" or ")}`,
    });
  }
  return file.training(name);
}

/** Place of the phase of this name, of the first one where none is named. */
export function choosePhase({ name: training, phases }: TrainingUnit, asked?: string): number {
  if (asked === undefined) return 0;
  const index = phases.findIndex(({ name }) => name !== "" && name === asked);
  if (index >= 0) return index;
  const names = phases.flatMap(({ name }) => (name === "" ? [] : [`--phase ${quoteWord(name)}`]));
  throw new UserError(`${training} has no phase ${asked}`, {
    help:
      names.length === 0 ? "leave --phase out: it has none" : `choose one: ${names.join(" or ")}`,
  });
}

/** Which phase was taken, where there are several and none was asked for. */
export function phaseNote({ phases }: TrainingUnit, index: number, asked?: string): string {
  if (phases.length < 2 || asked !== undefined) return "";
  const others = phases.filter((_, i) => i !== index).map(({ name }) => quoteWord(name));
  return `note: this is phase ${phases[index]?.name ?? ""}; --phase takes another one (${others.join(", ")})\n`;
}

/** A whole number from 1 on that was given to a flag. */
export function positiveWhole(flag: string, text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new UserError(`${flag} must be a whole number from 1 on, not \`${text}\``, {
      help: `write for example ${flag} 32`,
    });
  }
  return number;
}

/** Sizes that only the data know. No file is opened where every column's shape is written. */
export async function dataDims(
  unit: DataUnit,
  dataHost: DataHost,
  seed: number,
): Promise<Readonly<Record<string, number>>> {
  const open = unit.spec.columns.some((column) => column.shape.some((n) => typeof n === "string"));
  if (!open) return {};
  const data = await openTrainingData(unit, { dataHost, seed });
  await data.close();
  return data.dims;
}

/** A word as a shell takes it. */
export function quoteWord(word: string): string {
  return /^[\p{L}\p{N}./=_-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
