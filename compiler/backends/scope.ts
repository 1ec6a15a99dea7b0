// Where generated statements go, in JavaScript, WGSL and WebAssembly. A scope is the body of a loop, a pass or a branch; an
// expression is emitted in the outermost scope that knows everything it depends on, so that what does not change in a
// loop stands before it.

/** What places an expression: the names that each body around it brings. */
export interface Place<Self> {
  readonly parent: Self | undefined;
  /** Names that this scope brings: loop axes, `acc:<slot>`. */
  readonly brings: ReadonlySet<string>;
  /** Runs only if a guard holds: loads must not move out of it. */
  readonly guarded: boolean;
}

/** Statements of one body as text: `prelude` (hoisted locals) comes before `rest`. */
export interface Scope extends Place<Scope> {
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
export function findLocal<Local>(scope: Knowing<Local>, key: unknown): Local | undefined {
  for (let at: Knowing<Local> | undefined = scope; at; at = at.parent) {
    const found = at.locals.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Knowing<Local> {
  readonly parent: Knowing<Local> | undefined;
  readonly locals: ReadonlyMap<unknown, Local>;
}

/** The outermost scope where all of `needs` are known; not outside a guarded scope if `keepGuard`. */
export function homeScope<Self extends Place<Self>>(
  scope: Self,
  needs: ReadonlySet<string>,
  keepGuard: boolean,
): Self {
  let at = scope;
  for (let parent = at.parent; parent; parent = at.parent) {
    if (keepGuard && at.guarded) return at;
    for (const name of at.brings) if (needs.has(name)) return at;
    at = parent;
  }
  return at;
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
