// What an `input` node is called.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { InputRole, Node } from "./graph.ts";

export const inputRoles = [
  "field",
  "scalar",
  "parameter",
  "state",
  "optimizer",
  "metric",
  "fitted",
  "frozen",
  "decode",
] as const satisfies readonly InputRole[];

/** The name of an input: a path for what is persistent. */
export function inputName(input: Node): string {
  const { name } = input.attrs;
  if (typeof name === "string") return name;
  throw new InternalError(`${input.op} (node ${input.id}) has no name`);
}

export function inputRole(input: Node): InputRole {
  const role = inputRoles.find((candidate) => candidate === input.attrs["role"]);
  if (role) return role;
  throw new InternalError(`input ${inputName(input)} has no role`);
}

/** Whether an input outlives the run: a parameter or a state of any kind. */
export function isPersistent(input: Node): boolean {
  const role = inputRole(input);
  return role !== "field" && role !== "scalar";
}
