// Replaces terms by equal, simpler ones, from the operands up, until no rule applies. Rules stand by operator in
// arithmetic.ts, logic.ts and shape.ts; what becomes constant on the way is folded.
//
//   %0: f32[3] = mul(%x, 1)
//   %1: f32[3] = add(%0, 0)             →   %x

import type { Builder } from "../../ir/build.ts";
import type { Node } from "../../ir/graph.ts";
import { rewriteGraph } from "../../ir/rewrite.ts";
import { infer } from "../../ops/index.ts";
import { isPointwise } from "../facts.ts";
import { foldNode } from "../fold-constants.ts";
import type { Pass } from "../pass.ts";
import { arithmeticRules } from "./arithmetic.ts";
import { logicRules } from "./logic.ts";
import type { Rule } from "./rule.ts";
import { shapeRules, spreadLast } from "./shape.ts";

export const simplifyAlgebra: Pass = {
  name: "simplify-algebra",
  summary: "replaces terms by equal, simpler ones",
  run: (graph) => {
    let simplifier: Builder | undefined;
    return rewriteGraph(graph, infer, (node, inputs, builder) => {
      simplifier ??= createSimplifier(builder);
      return simplifier.node(node.op, inputs, node.attrs, node.type);
    });
  },
};

function rulesOf(op: string): readonly Rule[] {
  const own = [arithmeticRules, logicRules, shapeRules].flatMap((rules) => rules[op] ?? []);
  return [foldNode, ...own, ...(isPointwise(op) ? [spreadLast] : [])];
}

/** Collected once for each operator that occurs. */
const rules = new Map<string, readonly Rule[]>();

/** A builder whose nodes are simplified as far as the rules go. */
export function createSimplifier(raw: Builder): Builder {
  // Also holds nodes that no rule applies to, so a shared node is tried once.
  const known = new Map<Node, Node>();
  const simplifier: Builder = {
    node(op, inputs, attrs, type) {
      const node = raw.node(op, inputs, attrs, type);
      const before = known.get(node);
      if (before) return before;
      let own = rules.get(op);
      if (!own) rules.set(op, (own = rulesOf(op)));
      known.set(node, node); // a rule that builds the node it was given has nothing to say
      let simplified = node;
      for (const rule of own) {
        const found = rule(node, simplifier);
        if (found && found !== node) {
          simplified = found;
          break;
        }
      }
      known.set(node, simplified);
      return simplified;
    },
    at: (origin) => raw.at(origin),
    get origin() {
      return raw.origin;
    },
  };
  return simplifier;
}
