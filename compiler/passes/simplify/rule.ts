// A rule of the algebra: what a node may be replaced by. The builder it gets simplifies what it builds, so a rule
// speaks about one step alone.

import type { Builder } from "../../ir/build.ts";
import type { Node } from "../../ir/graph.ts";

/** An equal node that is simpler, or undefined where the rule does not apply. */
export type Rule = (node: Node, b: Builder) => Node | undefined;

/** Rules by operator, tried in order. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;
