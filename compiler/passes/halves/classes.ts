// Which values of a training step half precision is enough for: activations and their gradients, as PyTorch's automatic
// mixed precision has them. See docs/precision.md for the rule.

import { graphNodes, type Graph, type Node } from "../../ir/graph.ts";
import { elements, isFloat, textAttr } from "../../ops/shapes.ts";
import { isPointwise, operandOf } from "../facts.ts";

/**
 * `half`: products and what is computed from them element by element. `wide`: exponentials and the like, and what is
 * computed from them; it stays f32. `single`: f32 as well, but small beside what it is combined with – statistics,
 * parameters – it does not make that wide. `exact`: masks and numbers, which half precision holds anyway.
 */
export type Class = "half" | "wide" | "single" | "exact";

/** Functions that leave the range of half precision, or lose digits in it. */
const wideFunctions: ReadonlySet<string> = new Set([
  "exp",
  "expm1",
  "log",
  "log1p",
  "pow",
  "gamma",
]);

/** Operators that only move numbers. */
export const moves: ReadonlySet<string> = new Set([
  "view",
  "reshape",
  "concat",
  "gather",
  "scan_row",
  "scan_stack",
  "stop_gradient",
]);

/** The floating-point operands. */
export function floatsOf(node: Node): readonly Node[] {
  return node.inputs.filter(({ type }) => isFloat(type.dtype));
}

/** The class of every value of f32 that the loss or its gradient needs; nothing of what updates read or metrics alone. */
export function classify(graph: Graph): ReadonlyMap<Node, Class> {
  const nodes = graphNodes(graph);
  const inside = partOfLoss(graph, nodes);
  const gradients = finalGradients(graph, nodes);
  const classes = new Map<Node, Class>();
  /** Elements of the largest value that was really computed for a value; views repeat them. */
  const sources = new Map<Node, number>();
  for (const node of nodes) {
    sources.set(node, sourceSize(node, sources));
    if (node.type.dtype !== "f32") continue;
    const found = inside.has(node) ? classOf(node, classes, sources) : "single";
    classes.set(node, found === "half" && gradients.has(node) ? "single" : found);
  }
  return classes;
}

function classOf(
  node: Node,
  classes: ReadonlyMap<Node, Class>,
  sources: ReadonlyMap<Node, number>,
): Class {
  const { op } = node;
  if (op === "constant") return "exact";
  if (op === "contract") return "half";
  if (op === "reduce") return classOfReduction(node, classes, sources);
  if (op === "cast" && operandOf(node).type.dtype === "bool") return "exact";
  const isMove = moves.has(op);
  if (!isMove && !isPointwise(op)) return "single";
  if (wideFunctions.has(op)) return "wide";
  const operands = floatsOf(node);
  const [first, second] = operands;
  if (operands.length === 0) return "single";
  // A square may be too large, where the number itself is not.
  if (op === "mul" && first === second) return "wide";
  const size = elements(node.type);
  const found = operands.map((operand) => classes.get(operand) ?? "single");
  if (found.includes("wide")) return "wide";
  const isLarge = (operand: Node): boolean => 2 * (sources.get(operand) ?? 0) >= size;
  const ranks = operands.some(
    (operand, i) => found[i] === "single" && (isMove || isLarge(operand)),
  );
  if (ranks) return "single";
  if (found.includes("half")) return "half";
  return found.every((each) => each === "exact") ? "exact" : "single";
}

/** An extreme is one of the numbers. Sums are f32, but for those that put back what overlapping windows read. */
function classOfReduction(
  node: Node,
  classes: ReadonlyMap<Node, Class>,
  sources: ReadonlyMap<Node, number>,
): Class {
  const operand = operandOf(node);
  const found = classes.get(operand) ?? "single";
  const kind = textAttr(node.attrs, "kind");
  if (kind === "max" || kind === "min") return found;
  const isWindow = kind === "sum" && elements(node.type) >= (sources.get(operand) ?? 0);
  return found === "half" && isWindow ? "half" : "single";
}

function sourceSize(node: Node, sources: ReadonlyMap<Node, number>): number {
  const size = elements(node.type);
  if (!moves.has(node.op) && !isPointwise(node.op)) return size;
  const operands = floatsOf(node);
  if (operands.length === 0) return size;
  const joined = node.op === "concat" ? "sum" : "max";
  const read = operands.map((operand) => sources.get(operand) ?? 0);
  const whole = joined === "sum" ? read.reduce((a, b) => a + b) : Math.max(...read);
  return Math.min(size, whole);
}

/** What the losses are computed from, and their gradients. */
function partOfLoss(graph: Graph, nodes: readonly Node[]): ReadonlySet<Node> {
  const needed = new Set(
    graph.outputs.filter(({ role }) => role === "loss").map(({ node }) => node),
  );
  for (const node of nodes.toReversed()) {
    if (node.origin.role === "backward") needed.add(node);
    if (needed.has(node)) for (const input of node.inputs) needed.add(input);
  }
  return new Set([...needed].filter(({ origin }) => origin.role !== "update"));
}

/** Values that only updates and the caller read, at some remove: gradients of parameters keep their range. */
function finalGradients(graph: Graph, nodes: readonly Node[]): ReadonlySet<Node> {
  const readers = new Map<Node, Node[]>();
  for (const node of nodes)
    for (const input of new Set(node.inputs))
      readers.set(input, [...(readers.get(input) ?? []), node]);
  const given = new Set(graph.outputs.map(({ node }) => node));
  const found = new Set<Node>();
  for (const node of nodes.toReversed()) {
    const own = readers.get(node) ?? [];
    if (own.length === 0 && !given.has(node)) continue;
    const isFinal = (reader: Node): boolean =>
      reader.origin.role === "update" || (found.has(reader) && reader.op !== "contract");
    if (own.every(isFinal)) found.add(node);
  }
  return found;
}
