// Attention found by its structure, whoever wrote the block: weights that a softmax over one axis makes, and that a
// product then sums over that axis. For reports, which draw them.

import { createBuilder } from "./ir/build.ts";
import { formatDim, type Dim } from "./ir/dim.ts";
import { graphNodes, type Graph, type Node } from "./ir/graph.ts";
import { findLoops, openLoops, rangeOf } from "./ir/loops.ts";
import { infer } from "./ops/index.ts";
import { numbersAttr } from "./ops/shapes.ts";

/** One place of a model where weights are made. */
export interface AttentionPlace {
  /** The output that has them in `withAttention`. */
  readonly output: string;
  /** The layer, by the blocks that led there. */
  readonly layer: string;
  /** Sizes of the output's axes, open ones by name. */
  readonly shape: readonly Dim[];
  /** The axis whose weights add up to 1, and the axis of what asks, if one is there. */
  readonly keys: number;
  readonly queries: number | undefined;
  /** The axis of examples. */
  readonly batch: number;
}

/** The graph with the weights of its attention as results, and nothing else. `batch` names the dimension of examples. */
export function withAttention(
  graph: Graph,
  batch: string,
): { readonly graph: Graph; readonly places: readonly AttentionPlace[] } {
  const order = graphNodes(graph);
  const [first] = order;
  const open = openLoops(order);
  const loops = findLoops(order, open);
  const users = usersOf(order);
  const places: AttentionPlace[] = [];
  const outputs: Graph["outputs"][number][] = [];
  if (!first) return { graph, places };
  const builder = createBuilder(infer, first.origin);
  for (const node of order) {
    const axis = softmaxAxis(node);
    const product = axis === undefined ? undefined : productOf(node, users);
    if (axis === undefined || !product) continue;
    const [around, ...more] = open.get(node) ?? [];
    if (more.length > 0) continue;
    const loop = around === undefined ? undefined : loops.get(around);
    builder.at(node.origin);
    const all = loop
      ? builder.node("scan_stack", [node, loop.end], { ...rangeOf(loop.end.attrs) })
      : node;
    const keys = loop ? axis + 1 : axis;
    const { shape } = all.type;
    const examples = shape.findIndex((dim) => formatDim(dim) === batch);
    if (examples < 0) continue;
    const output = `attention:${places.length}`;
    outputs.push({ name: output, role: "result", node: all });
    places.push({
      output,
      layer: holderOf(node, product),
      shape,
      keys,
      queries: queriesOf(shape, { keys, examples, looped: loop !== undefined }),
      batch: examples,
    });
  }
  return { graph: { inputs: graph.inputs, outputs }, places };
}

/** In a loop over time every step asks; else the axis before the keys does, unless it is the examples'. */
function queriesOf(
  shape: readonly Dim[],
  { keys, examples, looped }: { keys: number; examples: number; looped: boolean },
): number | undefined {
  if (looped) return 0;
  const before = shape.map((_, d) => d).filter((d) => d < keys && d !== examples);
  return before.at(-1);
}

const arrangements: ReadonlySet<string> = new Set([
  "unsqueeze",
  "squeeze",
  "broadcast",
  "reshape",
  "transpose",
]);

/** The axis over which a node is a softmax, exp(x) / Σ exp(x). */
function softmaxAxis(node: Node): number | undefined {
  const [above, below] = node.inputs;
  if (node.op !== "div" || above?.op !== "exp" || !below) return undefined;
  let sum: Node | undefined = below;
  while (sum && arrangements.has(sum.op)) sum = sum.inputs[0];
  if (sum?.op !== "reduce" || sum.attrs["kind"] !== "sum" || sum.inputs[0] !== above)
    return undefined;
  const [axis, ...more] = numbersAttr(sum.attrs, "axes");
  return more.length === 0 ? axis : undefined;
}

/** What leaves weights what they are: other shapes, dropout, masks. */
const carriers: ReadonlySet<string> = new Set([...arrangements, "mul", "select", "cast", "slice"]);
const products: ReadonlySet<string> = new Set(["matmul", "einsum"]);

/** The product that sums values with these weights. */
function productOf(weights: Node, users: ReadonlyMap<Node, readonly Node[]>): Node | undefined {
  const seen = new Set<Node>([weights]);
  const waiting = [weights];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    for (const user of users.get(node) ?? []) {
      if (products.has(user.op)) return user;
      if (!carriers.has(user.op) || seen.has(user)) continue;
      seen.add(user);
      waiting.push(user);
    }
  }
  return undefined;
}

/** The innermost block that both come from. */
function holderOf(weights: Node, product: Node): string {
  const shared = weights.origin.blocks.filter((block, i) => block === product.origin.blocks[i]);
  return shared.at(-1) ?? "";
}

function usersOf(order: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of order) {
    for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node]);
  }
  return users;
}
