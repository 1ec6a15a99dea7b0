// Where generated statements go, in JavaScript and in WGSL. A scope is the body of a loop, a pass or a branch; an
// expression is emitted in the outermost scope that knows everything it depends on, so that what does not change in a
// loop stands before it.

/** Statements of one body: `prelude` (hoisted locals) comes before `rest`. */
export interface Scope {
  readonly parent: Scope | undefined;
  /** Names that this scope brings: loop axes, `acc:<slot>`. */
  readonly brings: ReadonlySet<string>;
  /** Runs only if a guard holds: loads must not move out of it. */
  readonly guarded: boolean;
  readonly prelude: string[];
  readonly rest: (string | Scope)[];
  /** Locals by expression: an object (scalar) or a canonical text (index). */
  readonly locals: Map<unknown, string>;
  readonly counter: { next: number };
}

export function rootScope(): Scope {
  return makeScope(undefined, [], false, { next: 0 });
}

/** A scope inside another; the caller prints its opening and closing lines through `open` and `close`. */
export function childScope(parent: Scope, brings: readonly string[], guarded = false): Scope {
  return makeScope(parent, brings, guarded, parent.counter);
}

function makeScope(
  parent: Scope | undefined,
  brings: readonly string[],
  guarded: boolean,
  counter: { next: number },
): Scope {
  return {
    parent,
    brings: new Set(brings),
    guarded,
    prelude: [],
    rest: [],
    locals: new Map(),
    counter,
  };
}

/** A fresh identifier; names never come from the user's program. The prefix must make no word of the target: "i" makes i32. */
export function freshName(scope: Scope, prefix: string): string {
  return `${prefix}${scope.counter.next++}`;
}

/** The local of an expression that is already known here or further out. */
export function findLocal(scope: Scope, key: unknown): string | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const name = at.locals.get(key);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The outermost scope where all of `needs` are known; not outside a guarded scope if `keepGuard`. */
export function homeScope(scope: Scope, needs: ReadonlySet<string>, keepGuard: boolean): Scope {
  for (let at = scope; at.parent; at = at.parent) {
    if (keepGuard && at.guarded) return at;
    for (const name of at.brings) if (needs.has(name)) return at;
  }
  let root = scope;
  while (root.parent) root = root.parent;
  return root;
}

/** The lines of a scope, preludes first; what stands between braces is indented. */
export function scopeLines(scope: Scope, indent = "  "): string[] {
  const lines: string[] = [];
  const walk = (from: Scope, prefix: string): void => {
    for (const line of from.prelude) lines.push(prefix + line);
    from.rest.forEach((item, i) => {
      if (typeof item === "string") {
        lines.push(prefix + item);
        return;
      }
      const before = from.rest[i - 1];
      const braced = typeof before === "string" && before.endsWith("{");
      walk(item, braced ? prefix + indent : prefix);
    });
  };
  walk(scope, "");
  return lines;
}
