// A declaration's compiled programs, run for one example at a time over its fitted states.

import type { Persistent, Program, Session } from "../artifact.ts";
import { jsDevice } from "../devices/js.ts";
import type { TypedArray } from "../types.ts";
import type { ExampleInputs, ExampleResult } from "./batches.ts";

/** All that is needed to run them: plain data, so that another thread can. */
export interface ExamplePrograms {
  readonly persistent: Persistent;
  readonly programs: readonly Program[];
}

export interface ExampleSession {
  readonly session: Session;
  /** Runs one of the programs for an example and gives the named outputs, valid until the next run. */
  readonly runner: (
    program: string,
    outputs: readonly string[],
  ) => (inputs: ExampleInputs) => ExampleResult;
}

/** Loads the programs on the js device. */
export async function openExamplePrograms(given: ExamplePrograms): Promise<ExampleSession> {
  const session = await jsDevice.open(given.persistent);
  for (const program of given.programs) await session.load(program);
  return {
    session,
    runner: (program, outputs) => (inputs) => {
      session.run(program, inputs);
      const result: Record<string, TypedArray> = {};
      for (const name of outputs)
        result[name] = session.view?.(program, name) ?? new Float32Array(0);
      return result;
    },
  };
}

/** Of the memory of such a session. */
export function bytesOfPrograms({ persistent, programs }: ExamplePrograms): number {
  const arenas = programs.map(({ base, arenaBytes }) => base + arenaBytes);
  return Math.max(persistent.bytes, ...arenas);
}
