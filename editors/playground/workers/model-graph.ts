// The model as boxes and arrows: its outermost layers, and what is computed between them.

import type { ModelUnit } from "../../../compiler/elaborate/unit.ts";
import { inputName, topological, type Node } from "../../../compiler/ir/graph.ts";
import type { GraphView } from "../protocol.ts";
import { modelPath, shapeText } from "./text.ts";

/** More boxes than this tell nothing. */
const most = 150;

/** Undefined where there are too many boxes to be read. */
export function graphOf(unit: ModelUnit): GraphView | undefined {
  const results = unit.training.outputs.filter(({ role }) => role === "result");
  const owner = ownersOf(unit);
  const boxes = new Map<string, GraphView["boxes"][number]>();
  const arrows = new Set<string>();
  const boxOf = new Map<Node, string>();
  for (const node of topological(results.map((result) => result.node))) {
    const isInput = node.op === "input" && node.attrs["role"] === "field";
    const sources = node.inputs.flatMap((input) => boxOf.get(input) ?? []);
    // Parameters and constants have no boxes, nor what is made of them alone: layers share such nodes.
    if (!isInput && sources.length === 0) continue;
    const layer = owner(node);
    const name = isInput ? inputName(node) : String(node.id);
    const id = layer ? `layer ${layer.path}` : `${node.op} ${name}`;
    boxOf.set(node, id);
    for (const source of sources) if (source !== id) arrows.add(`${source}\n${id}`);
    if (boxes.has(id)) continue;
    const at = (layer?.span ?? node.origin.span).file.path === modelPath;
    boxes.set(id, {
      id,
      kind: layer ? "layer" : isInput ? "input" : "operation",
      label: layer ? layer.block || layer.path : isInput ? name : signOf(node),
      shape: layer ? layer.output.map(shapeText).join(", ") : shapeText(node.type),
      ...(at ? { at: (layer?.span ?? node.origin.span).start } : {}),
    });
  }
  for (const { name, node } of results) {
    const source = boxOf.get(node);
    if (source === undefined) continue;
    const id = `result ${name}`;
    boxes.set(id, { id, kind: "output", label: name, shape: shapeText(node.type) });
    arrows.add(`${source}\n${id}`);
  }
  if (boxes.size > most) return undefined;
  return {
    boxes: [...boxes.values()],
    arrows: [...arrows].map((pair) => {
      const [from = "", to = ""] = pair.split("\n");
      return { from, to };
    }),
  };
}

/** The outermost layer that a node belongs to, if any. */
function ownersOf(unit: ModelUnit): (node: Node) => ModelUnit["layers"][number] | undefined {
  // Nodes remember layers by labels, `conv_0: conv`.
  const layers = new Map(
    unit.layers
      .filter(({ path }) => path !== "")
      .flatMap(
        (layer) =>
          [
            [layer.path, layer],
            [`${layer.path}: ${layer.block}`, layer],
          ] as const,
      ),
  );
  return (node) => {
    for (const label of node.origin.blocks) {
      const found = layers.get(label);
      if (found) return found;
    }
    return undefined;
  };
}

function signOf({ op }: Node): string {
  return signs[op] ?? op.replaceAll("_", " ");
}

const signs: Readonly<Record<string, string>> = { add: "+", sub: "−", mul: "×", div: "÷" };
