// What the sessions over one memory have in common: tensors by path, programs by name, and views of both.

import type { Named, Persistent, Program, Session } from "../artifact.ts";
import { UserError } from "../errors.ts";
import type { TypedArray } from "../types.ts";
import { writeTensor, type Slot } from "./tensors.ts";

/** Where a loaded program's inputs and outputs lie in the memory as it is now. */
export interface Views {
  inputs: readonly Slot[];
  outputs: ReadonlyMap<string, TypedArray>;
}

export interface Registry<Loaded extends Views> {
  readonly programs: Map<string, Loaded>;
  readonly find: (program: string) => Loaded;
  readonly viewsOf: (program: Program) => Views;
  /** The part of a session that needs no more than views. */
  readonly access: Pick<Session, "write" | "read" | "output"> &
    Required<Pick<Session, "peek" | "view">>;
}

/** `view` shows a tensor in the memory as it is now: after growing, older views are void. */
export function createRegistry<Loaded extends Views>(
  persistent: Persistent,
  view: (tensor: Named) => TypedArray,
): Registry<Loaded> {
  const programs = new Map<string, Loaded>();
  const tensors = new Map(persistent.tensors.map((tensor) => [tensor.name, tensor]));

  function find(program: string): Loaded {
    const loaded = programs.get(program);
    if (!loaded) throw new Error(`no program ${program} is loaded`);
    return loaded;
  }

  function persistentTensor(path: string): Named {
    const tensor = tensors.get(path);
    if (!tensor) throw new UserError(`there is no parameter or state called ${path}`);
    return tensor;
  }

  function outputView(program: string, output: string): TypedArray {
    const found = find(program).outputs.get(output);
    if (!found) throw new UserError(`the program ${program} has no output ${output}`);
    return found;
  }

  return {
    programs,
    find,
    viewsOf: (program) => ({
      inputs: program.inputs.map((tensor) => ({ tensor, view: view(tensor) })),
      outputs: new Map(program.outputs.map((tensor) => [tensor.name, view(tensor)])),
    }),
    access: {
      write(path, data) {
        const tensor = persistentTensor(path);
        writeTensor({ tensor, view: view(tensor) }, data);
      },
      read: async (path) => view(persistentTensor(path)).slice(),
      peek: (path) => view(persistentTensor(path)),
      output: async (program, output) => outputView(program, output).slice(),
      view: outputView,
    },
  };
}
