// How invocations are numbered: flat numbers and the axes that they stand for, loops over axes, and dispatches in three
// dimensions.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";
import type { Axis } from "../../schedule/kernel.ts";
import { childScope, freshName, rootScope, scopeLines, type Scope } from "../scope.ts";

export type Workgroups = readonly [number, number, number];

/** The body of a shader and how it is dispatched. */
export interface Shader {
  readonly body: readonly string[];
  /** Parameters of the entry point. */
  readonly parameters: string;
  /** Invocations of a workgroup. */
  readonly size: number;
  readonly workgroups: Workgroups;
  /** Declarations of workgroup memory. */
  readonly shared: readonly string[];
  /** Whether it needs the feature `shader-f16`. */
  readonly halves?: boolean;
}

/** Invocations of a workgroup whose invocations have nothing to do with each other. */
const pointSize = 64;

export function extentOf(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * axis.extent, 1);
}

export function namesOf(axes: readonly Axis[]): string[] {
  return axes.map((axis) => axis.name);
}

/** One invocation for every point of the axes, the last axis fastest. */
export function pointShader(
  axes: readonly Axis[],
  settings: WebgpuSettings,
  print: (point: Scope) => void,
): Shader {
  const points = extentOf(axes);
  const workgroups = spread(Math.ceil(points / pointSize), settings.workgroups);
  const root = rootScope();
  root.rest.push(`let point = ${numberText(workgroups, pointSize)};`);
  root.rest.push(`if (point >= ${points}) { return; }`);
  const scope = childScope(root, namesOf(axes));
  root.rest.push(scope);
  declareAxes(scope, axes, "point");
  // Nothing may be divided by an extent of 0, not even in a shader that never runs.
  if (points > 0) print(scope);
  return {
    body: points === 0 ? [] : scopeLines(root),
    parameters: "@builtin(global_invocation_id) id: vec3u",
    size: pointSize,
    workgroups,
    shared: [],
  };
}

/** Workgroups whose invocations work together: `group` is the number of the workgroup, `lane` that of the invocation in it. */
export function groupShader(
  groups: number,
  size: number,
  shared: readonly string[],
  settings: WebgpuSettings,
  print: (root: Scope) => void,
): Shader {
  const workgroups = spread(groups, settings.workgroups);
  const root = rootScope();
  const [x, y, z] = workgroups;
  root.rest.push(`let group = ${numberText(workgroups, 1)};`);
  // The same for all invocations of a workgroup, so that those that stay may wait for each other.
  if (x * y * z > groups) root.rest.push(`if (group >= ${groups}) { return; }`);
  root.rest.push("let lane = i32(invocation);");
  if (groups > 0) print(root);
  return {
    body: groups === 0 ? [] : scopeLines(root),
    parameters:
      "@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) invocation: u32",
    size,
    workgroups,
    shared,
  };
}

/** So many workgroups in three dimensions, of which none has more than `most`. */
function spread(count: number, most: number): Workgroups {
  if (count === 0) return [0, 0, 0];
  const x = Math.min(count, most);
  const y = Math.min(Math.ceil(count / x), most);
  return [x, y, Math.ceil(count / (x * y))];
}

/** The flat number of `id`, of which a row has `size` a workgroup. */
function numberText([x, y, z]: Workgroups, size: number): string {
  const row = x * size;
  if (z > 1) return `(i32(id.z) * ${y} + i32(id.y)) * ${row} + i32(id.x)`;
  return y > 1 ? `i32(id.y) * ${row} + i32(id.x)` : "i32(id.x)";
}

/** Splits a flat row-major number into its axes, in the prelude of the scope that brings them. */
export function declareAxes(scope: Scope, axes: readonly Axis[], flat: string): void {
  const lines: string[] = [];
  let rest = flat;
  for (let d = axes.length - 1; d >= 0; d--) {
    const axis = axes[d];
    if (!axis) continue;
    if (d === 0) lines.push(`let ${axis.name} = ${rest};`);
    else if (axis.extent === 1) lines.push(`let ${axis.name} = 0;`);
    else {
      lines.push(`let ${axis.name} = ${rest} % ${axis.extent};`);
      const next = freshName(scope, "rest");
      lines.push(`let ${next} = ${rest} / ${axis.extent};`);
      rest = next;
    }
  }
  scope.prelude.push(...lines);
}

/** One loop an axis; gives the innermost scope. */
export function openLoops(scope: Scope, axes: readonly Axis[]): Scope {
  let inner = scope;
  for (const { name, extent } of axes) {
    inner.rest.push(`for (var ${name} = 0; ${name} < ${extent}; ${name}++) {`);
    const body = childScope(inner, [name]);
    inner.rest.push(body, "}");
    inner = body;
  }
  return inner;
}

/** A scope that runs only where the test holds; without a test it always does. */
export function openGuard(scope: Scope, test: string, brings: readonly string[]): Scope {
  if (test === "") {
    const inner = childScope(scope, brings);
    scope.rest.push("{", inner, "}");
    return inner;
  }
  scope.rest.push(`if (${test}) {`);
  const inner = childScope(scope, brings, true);
  scope.rest.push(inner, "}");
  return inner;
}

/** The largest power of two that is not above `x`. */
export function powerBelow(x: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, x)));
}

/** The smallest power of two that is not below `x`. */
export function powerAbove(x: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, x)));
}
