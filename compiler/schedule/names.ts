// Short readable names of kernels, made of the layer and the operators.

import type { Member } from "./groups.ts";

/** At most this many operators are named. */
const longest = 4;

/** `conv_0_contract_sigmoid`: the innermost layer of the first member, then the operators of its members. */
export function kernelName(members: readonly Member[]): string {
  const [first] = members;
  const layer = first?.value.node.origin.blocks.at(-1) ?? "";
  const operators = members.map((member) => member.value.node.op);
  const named = operators.length > longest ? [...operators.slice(0, longest), "more"] : operators;
  const text = [layer, ...named].filter((part) => part !== "").join("_");
  return text.replace(/[^\p{L}\p{N}_]+/gu, "_");
}
