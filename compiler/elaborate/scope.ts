// Scopes: a chain from a body out to the file, the standard library and the intrinsics. A `let` makes a new link, so a
// lambda written before a name is hidden still sees the old value.

import type { Value } from "./values.ts";

export interface Scope {
  readonly parent: Scope | undefined;
  /** The value of a name that this link gives. Declarations of a file are evaluated when first asked for. */
  get(name: string): Value | undefined;
  /** Names of this link, for the nearest one to a misspelt name. */
  names(): Iterable<string>;
}

export function bind(parent: Scope | undefined, names: ReadonlyMap<string, Value>): Scope {
  return { parent, get: (name) => names.get(name), names: () => names.keys() };
}

export function bindOne(parent: Scope | undefined, name: string, value: Value): Scope {
  return { parent, get: (asked) => (asked === name ? value : undefined), names: () => [name] };
}

export function lookup(scope: Scope | undefined, name: string): Value | undefined {
  for (let link = scope; link; link = link.parent) {
    const value = link.get(name);
    if (value) return value;
  }
  return undefined;
}

export function visibleNames(scope: Scope | undefined): string[] {
  const names = new Set<string>();
  for (let link = scope; link; link = link.parent) for (const name of link.names()) names.add(name);
  return [...names];
}
