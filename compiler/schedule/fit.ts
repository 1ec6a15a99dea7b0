// Whether a value can be computed inside a group: equal spaces, and every member read at exactly its own index.

import { sizeOf } from "../../runtime/types.ts";
import { rowLength, type Group, type Level, type Member } from "./groups.ts";
import { plainAxis } from "./index-form.ts";
import type { Load, SpaceAxis, Value } from "./values.ts";

/** Longest row over which a kernel goes several times: longer ones would serialise a large tensor. */
export const longestRow = 4096;
/** Elements up to which a reduction over outer axes may share a kernel with maps of the whole space. */
const smallSpace = 65536;
/** Members of one kernel: bounds the depth of its expressions. */
const mostMembers = 64;

export interface Fit {
  readonly member: Member;
  /** The group's axes with the value in it. */
  readonly axes: readonly SpaceAxis[];
}

/** How `value` would join `group`, if it can. `loads` are its reads over its own axes. */
export function fit(value: Value, loads: readonly Load[], group: Group): Fit | undefined {
  if (group.kind === "scatter" || group.members.length >= mostMembers) return undefined;
  if (value.kind === "map")
    return group.kind === "contract"
      ? fitEpilogue(value, loads, group)
      : fitMap(value, loads, group);
  if (value.kind === "reduce" || value.kind === "product") {
    return group.kind === "loop" ? fitReduction(value, loads, group) : undefined;
  }
  return undefined;
}

/** Pointwise values of a contraction's output space. */
function fitEpilogue(value: Value, loads: readonly Load[], group: Group): Fit | undefined {
  return fitAt(value, loads, group, "outer", parallelAxes(group.axes), group.axes);
}

function fitMap(value: Value, loads: readonly Load[], group: Group): Fit | undefined {
  const all = group.axes.map((_, i) => i);
  const reduces = group.axes.some((axis) => axis.reduced);
  if (!reduces || rowLength(group.axes) <= longestRow) {
    const full = fitAt(value, loads, group, "full", all, group.axes);
    if (full) return full;
  }
  return reduces
    ? fitAt(value, loads, group, "outer", parallelAxes(group.axes), group.axes)
    : undefined;
}

function fitReduction(value: Value, loads: readonly Load[], group: Group): Fit | undefined {
  const { space } = value;
  const all = group.axes.map((_, i) => i);
  if (group.axes.some((axis) => axis.reduced)) {
    const same =
      space.length === all.length &&
      space.every((axis, i) => axis.reduced === group.axes[i]?.reduced);
    const found = same ? fitAt(value, loads, group, "reduction", all, group.axes) : undefined;
    if (!found || !isPositional(found.member)) return undefined;
    return found.member.pass === 0 || rowLength(space) <= longestRow ? found : undefined;
  }
  // The group was a map so far.
  const innermost =
    space.at(-1)?.reduced === true || sizeOf(space.map((axis) => axis.extent)) <= smallSpace;
  if (!innermost || rowLength(space) > longestRow) return undefined;
  // The group takes over the value's axes, so fitAt below compares them with themselves.
  if (!space.every((axis, i) => axis.extent === group.axes[i]?.extent)) return undefined;
  const found = fitAt(value, loads, group, "reduction", all, space);
  return found && isPositional(found.member) ? found : undefined;
}

function isPositional(member: Member): boolean {
  return member.axes.every((axis, i) => axis === i);
}

function parallelAxes(axes: readonly SpaceAxis[]): number[] {
  return axes.flatMap((axis, i) => (axis.reduced ? [] : [i]));
}

/** Tries to lay the value's axes on `targets` of the group, by position or as its reads of members say. */
function fitAt(
  value: Value,
  loads: readonly Load[],
  group: Group,
  level: Level,
  targets: readonly number[],
  axes: readonly SpaceAxis[],
): Fit | undefined {
  if (value.space.length !== targets.length) return undefined;
  const members = new Map(group.members.map((member) => [member.value.id, member]));
  const own = loads.flatMap((load) => {
    const member = members.get(load.from);
    return member ? [{ load, member }] : [];
  });
  for (const mapping of [targets, mappingByReads(value, own, targets)]) {
    if (!mapping) continue;
    const extentsAgree = mapping.every((axis, i) => axes[axis]?.extent === value.space[i]?.extent);
    if (!extentsAgree || !own.every(({ load, member }) => readsOwnIndex(load, member, mapping)))
      continue;
    let pass = 0;
    for (const { member } of own)
      pass = Math.max(pass, member.pass + (member.level === "reduction" ? 1 : 0));
    return { member: { value, level, pass, axes: mapping }, axes };
  }
  return undefined;
}

/** Every dimension of the member is read at the axis over which it is computed. */
function readsOwnIndex(load: Load, member: Member, mapping: readonly number[]): boolean {
  const { value } = member;
  return value.out.every((dimension, i) => {
    const at = load.at[i];
    if (!at) return false;
    const axis = value.full[dimension];
    if (axis === undefined) return at.terms.length === 0 && at.offset === 0;
    const name = plainAxis(at);
    return name?.startsWith("x") === true && mapping[Number(name.slice(1))] === member.axes[axis];
  });
}

/** The mapping that makes one member be read at its own index: a transposed reader joins too. */
function mappingByReads(
  value: Value,
  own: readonly { readonly load: Load; readonly member: Member }[],
  targets: readonly number[],
): readonly number[] | undefined {
  for (const { load, member } of own) {
    const mapping: (number | undefined)[] = value.space.map(() => undefined);
    member.value.out.forEach((dimension, i) => {
      const at = load.at[i];
      const axis = member.value.full[dimension];
      const name = at && axis !== undefined ? plainAxis(at) : undefined;
      if (name?.startsWith("x") === true && axis !== undefined)
        mapping[Number(name.slice(1))] = member.axes[axis];
    });
    const complete = mapping.filter((axis) => axis !== undefined);
    const onTargets =
      new Set(complete).size === targets.length && complete.every((axis) => targets.includes(axis));
    if (complete.length === mapping.length && onTargets) return complete;
  }
  return undefined;
}
