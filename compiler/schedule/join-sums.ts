// The sum of a contraction's operand over the axes that the contraction sums – the bias gradient beside the weight
// gradient – costs next to nothing where the operand is packed, and saves reading it again: a loop that is nothing but
// such a sum becomes part of the contraction's kernel.

import { isFloat } from "../ops/shapes.ts";
import { textOf } from "./attributes.ts";
import { hasBit, newBits, setBit, uniteBits, type Bits } from "./bits.ts";
import type { Classification, Role } from "./classify.ts";
import { createExpander } from "./expand.ts";
import type { Group, Member, ValueTable } from "./groups.ts";
import { axisIndex } from "./index-form.ts";
import type { Scalar, ValueId } from "./kernel.ts";
import { createScalars } from "./scalars.ts";
import { coordinates, operandsAt, walkScalars, type Load, type Value } from "./values.ts";

/** Orders of axes with equal extents that are tried. */
const mostOrders = 24;

/** The groups without the loops that joined contractions. `ancestors`: for each group those that must run before it. */
export function joinSums(
  groups: readonly Group[],
  ancestors: readonly Bits[],
  table: ValueTable,
): Group[] {
  const byLoad = contractionsByLoad(groups, table);
  const joined = new Set<Group>();
  for (const [number, loop] of groups.entries()) {
    const sum = onlySum(loop);
    if (!sum) continue;
    for (const target of candidates(sum, groups, byLoad, table)) {
      const contraction = groups[target];
      if (!contraction || isBefore(ancestors, number, target)) continue;
      const axes = matchOperand(sum, contraction, table);
      if (!axes) continue;
      unite(ancestors, number, target);
      for (const member of loop.members) contraction.members.push(onAxes(member, axes));
      joined.add(loop);
      break;
    }
  }
  return groups.filter((group) => !joined.has(group));
}

/** Whether one of two groups must run before the other. */
function isBefore(ancestors: readonly Bits[], one: number, other: number): boolean {
  const has = (group: number, before: number): boolean =>
    hasBit(ancestors[group] ?? newBits(0), before);
  return has(one, other) || has(other, one);
}

/** The sum of a loop that computes one, and otherwise values of its results. */
function onlySum(group: Group): Value | undefined {
  if (group.kind !== "loop") return undefined;
  const [sum, ...others] = group.members.filter(({ level }) => level === "reduction");
  if (!sum || others.length > 0 || group.members.some(({ level }) => level === "full"))
    return undefined;
  const { kind, node, dtype, space } = sum.value;
  const isSum = kind === "reduce" && node.op === "reduce" && textOf(node.attrs["kind"]) === "sum";
  return isSum && dtype === "f32" && space.some((axis) => !axis.reduced) ? sum.value : undefined;
}

function contractionsByLoad(
  groups: readonly Group[],
  table: ValueTable,
): ReadonlyMap<ValueId, ReadonlySet<number>> {
  const found = new Map<ValueId, Set<number>>();
  groups.forEach(({ kind, members: [head] }, number) => {
    if (kind !== "contract" || !head) return;
    for (const { from } of table.loads.get(head.value.id) ?? [])
      found.set(from, (found.get(from) ?? new Set()).add(number));
  });
  return found;
}

/** Contractions that read everything that a sum reads, and are repeated by the same loop of the plan. */
function candidates(
  sum: Value,
  groups: readonly Group[],
  byLoad: ReadonlyMap<ValueId, ReadonlySet<number>>,
  table: ValueTable,
): number[] {
  const reads = [...new Set((table.loads.get(sum.id) ?? []).map((load) => load.from))];
  const [first, ...others] = reads.map((id) => byLoad.get(id) ?? new Set<number>());
  return [...(first ?? [])].filter((number) => {
    const head = groups[number]?.members[0]?.value.id ?? -1;
    const isNear = table.loopOf.get(head) === table.loopOf.get(sum.id);
    return isNear && others.every((numbers) => numbers.has(number));
  });
}

/** Which operand a sum is of: its side, and for each axis of the sum's space the contraction's. */
interface Match {
  readonly side: "m" | "n";
  readonly axes: readonly number[];
}

/** What was found of a sum and a contraction; a table's reads of a value are one object while its definition stays. */
const matches = new WeakMap<readonly Load[], WeakMap<readonly Load[], Match | "none">>();

/** The axes of an operand that no other sum has taken, if the sum is its. */
function matchOperand(
  sum: Value,
  { members }: Group,
  table: ValueTable,
): readonly number[] | undefined {
  const [head] = members;
  const classification = head && table.classifications.get(head.value.id);
  const own = table.loads.get(sum.id);
  const others = head && table.loads.get(head.value.id);
  if (!classification || !own || !others) return undefined;
  const known = matches.get(own) ?? new WeakMap<readonly Load[], Match | "none">();
  matches.set(own, known);
  const match = known.get(others) ?? findMatch(sum, head.value, classification, table) ?? "none";
  known.set(others, match);
  if (match === "none") return undefined;
  const isTaken = members.some(
    ({ level, axes }) =>
      level === "rows" && axes.some((axis) => classification.roles[axis] === match.side),
  );
  return isTaken ? undefined : match.axes;
}

/**
 * The operand that a sum adds up element by element: its rows lie along the axes of batch and of one side, each once, the
 * contraction's summed axes are summed, and nothing stands under a guard.
 */
function findMatch(
  sum: Value,
  contraction: Value,
  classification: Classification,
  table: ValueTable,
): Match | undefined {
  const possible = (["m", "n"] as const)
    .map((side) => ({ side, orders: ordersOf(sum, contraction, classification, side) }))
    .filter(({ orders }) => orders.length > 0);
  if (possible.length === 0) return undefined;
  const scalars = createScalars();
  const expander = createExpander(scalars, (node, at) => {
    const source = table.byNode.get(node);
    return source && scalars.load(source.id, at, source.dtype);
  });
  const indices = contraction.space.map(({ extent }, i) => axisIndex({ name: `x${i}`, extent }));
  const pair = operandsAt(contraction, coordinates(contraction, indices).full, scalars, expander);
  for (const { side, orders } of possible) {
    const operand = pair[(side === "m") === classification.swapped ? 1 : 0];
    if (!operand || !isFloat(operand.dtype) || hasGuards(operand)) continue;
    for (const axes of orders) {
      const at = axes.flatMap((axis) => indices[axis] ?? []);
      const [own] = operandsAt(sum, coordinates(sum, at).full, scalars, expander);
      if (own === operand) return { side, axes };
    }
  }
  return undefined;
}

/** Ways to lay the sum's axes on the contraction's: extents and what is summed agree. */
function ordersOf(
  sum: Value,
  contraction: Value,
  { roles }: Classification,
  side: Role,
): readonly (readonly number[])[] {
  const targets = roles.flatMap((role, axis) =>
    role === "batch" || role === "k" || role === side ? [axis] : [],
  );
  if (targets.length !== sum.space.length) return [];
  let orders: readonly (readonly number[])[] = [[]];
  for (const { extent, reduced } of sum.space) {
    const fitting = targets.filter(
      (axis) => contraction.space[axis]?.extent === extent && (roles[axis] === "k") === reduced,
    );
    orders = orders
      .flatMap((order) =>
        fitting.filter((axis) => !order.includes(axis)).map((axis) => [...order, axis]),
      )
      .slice(0, mostOrders);
  }
  return orders;
}

function hasGuards(operand: Scalar): boolean {
  let found = false;
  walkScalars([operand], ({ kind }) => (found ||= kind === "within" || kind === "even"));
  return found;
}

/** A member of the loop among the contraction's; the loop's own axes are those of its sum. */
function onAxes(member: Member, axes: readonly number[]): Member {
  return { ...member, level: "rows", axes: member.axes.map((axis) => axes[axis] ?? 0) };
}

/** What had to run before one of two groups, or after one, has to run before or after both. */
function unite(ancestors: readonly Bits[], one: number, other: number): void {
  const before = ancestors[other];
  if (!before) return;
  uniteBits(before, ancestors[one] ?? before);
  for (const bits of ancestors) {
    if (!hasBit(bits, one) && !hasBit(bits, other)) continue;
    uniteBits(bits, before);
    setBit(bits, one);
    setBit(bits, other);
  }
}
