// Draws a model's graph: layers of boxes from top to bottom, laid out by dagre.

import { Graph, layout } from "@dagrejs/dagre";

import type { GraphView } from "./protocol.ts";

type Box = GraphView["boxes"][number];

interface Point {
  readonly x: number;
  readonly y: number;
}

const letter = 7.3;
const height = 42;

/** A click on a box leads to its line. */
export function drawGraph(view: GraphView, reveal: (offset: number) => void): SVGSVGElement {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 22, ranksep: 26, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of view.boxes) graph.setNode(box.id, { width: widthOf(box), height });
  for (const { from, to } of view.arrows) graph.setEdge(from, to);
  layout(graph);

  const edges: readonly { v: string; w: string }[] = graph.edges();
  const routes = edges.map(({ v, w }) => (graph.edge(v, w) as { points: Point[] }).points);
  const centres = new Map(view.boxes.map((box) => [box, graph.node(box.id) as Point]));
  // Arrows may go round the outermost boxes.
  const xs = [
    ...routes.flat().map(({ x }) => x),
    ...[...centres].flatMap(([box, { x }]) => [x - widthOf(box) / 2, x + widthOf(box) / 2]),
  ];
  const left = Math.min(...xs) - 4;
  const width = Math.max(...xs) + 4 - left;
  const tall = graph.graph().height ?? 1;
  const drawn = svg("svg", {
    viewBox: `${left} 0 ${width} ${tall}`,
    width: String(width),
    height: String(tall),
  });
  for (const points of routes) {
    drawn.append(svg("path", { class: "arrow", d: smooth(points) }), head(points));
  }
  for (const [box, { x, y }] of centres) drawn.append(drawBox(box, x, y, reveal));
  return drawn;
}

function widthOf({ label, shape }: Box): number {
  return Math.max(56, letter * Math.max(label.length, 0.9 * shape.length) + 24);
}

function drawBox(box: Box, x: number, y: number, reveal: (offset: number) => void): SVGGElement {
  const width = widthOf(box);
  const place = svg("g", { class: `box box-${box.kind}`, transform: `translate(${x} ${y})` });
  const label = svg("text", { y: "-3" });
  label.textContent = box.label;
  const shape = svg("text", { class: "shape", y: "13" });
  shape.textContent = box.shape;
  place.append(
    svg("rect", {
      x: String(-width / 2),
      y: String(-height / 2),
      width: String(width),
      height: String(height),
      rx: box.kind === "layer" ? "9" : String(height / 2),
    }),
    label,
    shape,
  );
  const { at } = box;
  if (at === undefined) return place;
  place.setAttribute("tabindex", "0");
  place.setAttribute("role", "button");
  place.setAttribute("aria-label", `${box.label} ${box.shape}`);
  place.addEventListener("click", () => reveal(at));
  place.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    reveal(at);
  });
  return place;
}

/** Through the middles of the pieces, rounded at the points. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    if (!next) path += `L${point.x} ${point.y}`;
    else path += `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  });
  return path;
}

function head(points: readonly Point[]): SVGElement {
  const { x = 0, y = 0 } = points.at(-1) ?? {};
  return svg("path", { class: "head", d: `M${x - 4} ${y - 6}L${x} ${y}L${x + 4} ${y - 6}` });
}

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
