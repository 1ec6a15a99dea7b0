// From a group of values to a kernel: members are expanded at the group's own axes, everything else is loaded.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Node, Origin } from "../ir/graph.ts";
import { shapeOf, textOf } from "./attributes.ts";
import type { Role } from "./classify.ts";
import { createExpander, type Expander } from "./expand.ts";
import type { Group, Member, ValueTable } from "./groups.ts";
import { axisIndex, constantIndex, ravelIndex } from "./index-form.ts";
import type {
  Accumulator,
  Axis,
  Contract,
  Index,
  Kernel,
  Loop,
  OperandSum,
  Pass,
  Scalar,
  Scatter,
  Store,
  ValueId,
} from "./kernel.ts";
import { kernelName } from "./names.ts";
import { createScalars, type Scalars } from "./scalars.ts";
import { coordinates, inputOf, operandsAt, type Value } from "./values.ts";

export function emitKernel(group: Group, table: ValueTable, written: ReadonlySet<ValueId>): Kernel {
  switch (group.kind) {
    case "loop":
      return emitLoop(group, table, written);
    case "contract":
      return emitContract(group, table, written);
    case "scatter":
      return emitScatter(group, table);
    default:
      return group.kind satisfies never;
  }
}

/** Expansion inside one kernel: members are expanded in place, reductions read as accumulators. */
interface Context {
  readonly scalars: Scalars;
  readonly expander: Expander;
  readonly slots: ReadonlyMap<ValueId, number>;
}

function createContext(group: Group, table: ValueTable): Context {
  const scalars = createScalars();
  const members = new Set(group.members.map((member) => member.value.id));
  const reductions = group.members.filter(
    ({ level, value }) => level === "reduction" || (level === "rows" && value.kind === "reduce"),
  );
  const slots = new Map(reductions.map((member, slot) => [member.value.id, slot]));
  const expander = createExpander(scalars, (node, at) => {
    const value = table.byNode.get(node);
    if (!value) return undefined;
    const slot = slots.get(value.id);
    if (slot !== undefined) return scalars.accumulator(slot, value.dtype);
    return members.has(value.id) ? undefined : scalars.load(value.id, at, value.dtype);
  });
  return { scalars, expander, slots };
}

/** One axis a group axis: `name(i)` where the extent is not 1. */
function nameAxes(group: Group, name: (i: number) => string): { axes: Axis[]; indices: Index[] } {
  const axes = group.axes.map(({ extent }, i) => ({ name: name(i), extent }));
  return { axes, indices: axes.map(axisIndex) };
}

function memberPoint(member: Member, indices: readonly Index[]): { full: Index[]; out: Index[] } {
  return coordinates(
    member.value,
    member.axes.map((axis) => indices[axis] ?? constantIndex(0)),
  );
}

function emitLoop(group: Group, table: ValueTable, written: ReadonlySet<ValueId>): Loop {
  let parallelCount = 0;
  let innerCount = 0;
  const names = group.axes.map(({ reduced }) =>
    reduced ? `r${innerCount++}` : `p${parallelCount++}`,
  );
  const { axes, indices } = nameAxes(group, (i) => names[i] ?? "");
  const context = createContext(group, table);
  const passCount = 1 + group.members.reduce((last, member) => Math.max(last, member.pass), 0);
  const passes = Array.from({ length: passCount }, () => ({
    accumulators: [] as Accumulator[],
    stores: [] as Store[],
  }));
  const after: Store[] = [];
  for (const member of group.members) {
    const { value } = member;
    const { full, out } = memberPoint(member, indices);
    const pass = passes[member.pass];
    if (!pass) throw new InternalError("a member without a pass");
    const [first, second] = operandsAt(value, full, context.scalars, context.expander);
    if (!first) throw new InternalError(`${value.node.op} has no definition`);
    const isWritten = written.has(value.id);
    if (member.level === "reduction") {
      const slot = context.slots.get(value.id) ?? 0;
      pass.accumulators.push(accumulatorOf(value, slot, first, second, full, context.scalars));
      if (isWritten)
        after.push({
          to: value.id,
          at: out,
          value: context.scalars.accumulator(slot, value.dtype),
        });
    } else if (isWritten) {
      (member.level === "outer" ? after : pass.stores).push({
        to: value.id,
        at: out,
        value: first,
      });
    }
  }
  const nonEmpty = passes.filter(
    (pass): boolean => pass.accumulators.length > 0 || pass.stores.length > 0,
  );
  return {
    kind: "loop",
    name: kernelName(group.members),
    origins: originsOf(group),
    parallel: axes.filter((_, i) => !group.axes[i]?.reduced),
    inner: axes.filter((_, i) => group.axes[i]?.reduced),
    passes: nonEmpty satisfies Pass[],
    after,
  };
}

function accumulatorOf(
  value: Value,
  slot: number,
  first: Scalar,
  second: Scalar | undefined,
  full: readonly Index[],
  scalars: Scalars,
): Accumulator {
  const { node, dtype } = value;
  if (value.kind === "product" && second) {
    return { slot, kind: "sum", value: scalars.apply("mul", [first, second], dtype), dtype };
  }
  const kind = textOf(node.attrs["kind"]);
  if (node.op === "argmax") {
    const shape = shapeOf(inputOf(node, 0));
    const reduced = shape.map((_, d) => d).filter((d) => !value.out.includes(d));
    const position = ravelIndex(
      reduced.map((d) => full[d] ?? constantIndex(0)),
      reduced.map((d) => shape[d] ?? 1),
    );
    return { slot, kind: kind === "min" ? "argmin" : "argmax", value: first, position, dtype };
  }
  const operand = first.dtype === dtype ? first : scalars.apply("cast", [first], dtype);
  switch (kind) {
    case "sum":
    case "prod":
    case "max":
    case "min":
      return { slot, kind, value: operand, dtype };
    default:
      throw new InternalError(`there is no reduction ${kind}`);
  }
}

function emitContract(group: Group, table: ValueTable, written: ReadonlySet<ValueId>): Contract {
  const [head, ...others] = group.members;
  if (!head) throw new InternalError("an empty group");
  const classification = table.classifications.get(head.value.id);
  if (!classification) throw new InternalError("a contraction without roles");
  const { roles, swapped } = classification;
  const letters: Readonly<Record<Role, string>> = { batch: "b", m: "m", n: "n", k: "k" };
  const counts: Record<Role, number> = { batch: 0, m: 0, n: 0, k: 0 };
  const names = roles.map((role) => `${letters[role]}${counts[role]++}`);
  const { axes, indices } = nameAxes(group, (i) => names[i] ?? "");
  const context = createContext(group, table);
  const { full, out } = memberPoint(head, indices);
  const [a, b] = operandsAt(head.value, full, context.scalars, context.expander);
  if (!a || !b) throw new InternalError("a contraction without operands");
  const after: Store[] = [];
  if (written.has(head.value.id)) {
    after.push({
      to: head.value.id,
      at: out,
      value: context.scalars.accumulator(0, head.value.dtype),
    });
  }
  const sums: Record<OperandSum["of"], OperandSum & { readonly after: Store[] }> = {
    a: { of: "a", slot: 0, after: [] },
    b: { of: "b", slot: 0, after: [] },
  };
  for (const member of others) {
    const { value } = member;
    const of = member.axes.some((axis) => roles[axis] === "m") ? "a" : "b";
    const slot = context.slots.get(value.id);
    if (slot !== undefined) sums[of] = { ...sums[of], slot };
    if (!written.has(value.id)) continue;
    const point = memberPoint(member, indices);
    const [defined] = operandsAt(value, point.full, context.scalars, context.expander);
    const stored = slot === undefined ? defined : context.scalars.accumulator(slot, value.dtype);
    if (stored)
      (member.level === "rows" ? sums[of].after : after).push({
        to: value.id,
        at: point.out,
        value: stored,
      });
  }
  const withRole = (role: Role): Axis[] => axes.filter((_, i) => roles[i] === role);
  return {
    kind: "contract",
    name: kernelName(group.members),
    origins: originsOf(group),
    batch: withRole("batch"),
    m: withRole("m"),
    n: withRole("n"),
    k: withRole("k"),
    a: swapped ? b : a,
    b: swapped ? a : b,
    after,
    sums: Object.values(sums).filter(({ slot }) => slot > 0),
  };
}

function emitScatter(group: Group, table: ValueTable): Scatter {
  const [member] = group.members;
  if (!member) throw new InternalError("an empty group");
  const { value } = member;
  let columns = 0;
  let rowCount = 0;
  const names = group.axes.map(({ reduced }) => (reduced ? `r${rowCount++}` : `p${columns++}`));
  const { axes, indices } = nameAxes(group, (i) => names[i] ?? "");
  const context = createContext(group, table);
  const { full, out } = memberPoint(member, indices);
  const [row, source] = operandsAt(value, full, context.scalars, context.expander);
  if (!row || !source) throw new InternalError("a scatter without operands");
  const axis = Number(value.node.attrs["axis"] ?? 0);
  const rows = value.shape[axis] ?? 1;
  // In `at` the axis called `row` stands for the row that the kernel has just read.
  const rowIndex = axisIndex({ name: "row", extent: rows });
  return {
    kind: "scatter",
    name: kernelName(group.members),
    origins: originsOf(group),
    parallel: axes.filter((_, i) => !group.axes[i]?.reduced),
    ordered: axes.filter((_, i) => group.axes[i]?.reduced),
    row,
    rows,
    at: [...out.slice(0, axis), rowIndex, ...out.slice(axis)],
    value: source,
    to: value.id,
  };
}

/** Origins of the members, each once, the first member first. */
function originsOf(group: Group): Origin[] {
  return [
    ...new Set(group.members.map((member): Node => member.value.node).map((node) => node.origin)),
  ];
}
