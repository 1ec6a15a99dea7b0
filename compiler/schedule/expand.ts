// From a value and an index back to what is stored. Iterative, and memoised by node and index text, so that deep or
// shared graphs neither overflow the stack nor are expanded twice. One step is in elements.ts.

import type { Node } from "../ir/graph.ts";
import { elementOf, type Get } from "./elements.ts";
import type { Index, Scalar } from "./kernel.ts";
import type { Scalars } from "./scalars.ts";

/** What a stored node reads as at an index; undefined if it is to be expanded like any other. */
export type Leaf = (node: Node, at: readonly Index[]) => Scalar | undefined;

export interface Expander {
  /** The node's element at an index of its shape, in terms of leaves. */
  expand(node: Node, at: readonly Index[]): Scalar;
  /** The same for a node that is itself a leaf: its definition from its inputs. */
  define(node: Node, at: readonly Index[]): Scalar;
}

interface Task {
  readonly key: string;
  readonly node: Node;
  readonly at: readonly Index[];
}

export function createExpander(scalars: Scalars, leaf: Leaf): Expander {
  const known = new Map<string, Scalar>();
  const numbers = new Map<Node, number>();

  function keyOf(node: Node, at: readonly Index[]): string {
    let number = numbers.get(node);
    if (number === undefined) numbers.set(node, (number = numbers.size));
    return `${number}[${at.map((index) => index.text).join(", ")}]`;
  }

  /** Runs a rule until everything that it asks for is there. */
  function solve(rule: (get: Get) => Scalar | undefined): Scalar {
    const stack: Task[] = [];
    let asked: Task[] = [];
    const get: Get = (node, at) => {
      const key = keyOf(node, at);
      const found = known.get(key);
      if (found) return found;
      const own = leaf(node, at);
      if (own) known.set(key, own);
      else asked.push({ key, node, at });
      return own;
    };
    for (;;) {
      asked = [];
      const result = rule(get);
      if (result) return result;
      stack.push(...asked.reverse());
      for (let task = stack.at(-1); task; task = stack.at(-1)) {
        if (known.has(task.key)) {
          stack.pop();
          continue;
        }
        asked = [];
        const scalar = elementOf(scalars, task.node, task.at, get);
        if (scalar) {
          known.set(task.key, scalar);
          stack.pop();
        } else {
          stack.push(...asked.reverse());
        }
      }
    }
  }

  return {
    expand: (node, at) => solve((get) => get(node, at)),
    define: (node, at) => solve((get) => elementOf(scalars, node, at, get)),
  };
}
