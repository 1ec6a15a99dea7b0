// What the models are made of: layers with shapes, parameters and operations; a click leads to the line.

import { byId, counted, make } from "./dom.ts";
import type { LayerView, ModelView } from "./protocol.ts";

export function showModels(models: readonly ModelView[], reveal: (offset: number) => void): void {
  const place = byId("models");
  if (models.length === 0) {
    place.replaceChildren(
      make("p", {
        class: "card hint",
        text: "No model can be shown until the mistakes are mended.",
      }),
    );
    return;
  }
  place.replaceChildren(...models.map((model) => card(model, reveal)));
}

function card(model: ModelView, reveal: (offset: number) => void): HTMLElement {
  const total = model.layers.reduce((sum, { parameters }) => sum + parameters, 0);
  const flops = model.layers.reduce((sum, layer) => sum + layer.flops, 0);
  const most = Math.max(1, ...model.layers.map(({ parameters }) => parameters));
  const inputs = model.inputs.map(({ name, shape }) =>
    make(
      "li",
      { class: "layer input" },
      make("span", { class: "layer-name", text: name }),
      make("span", { class: "shape", text: shape }),
    ),
  );
  const drawing = make("div", { class: "graph" });
  drawing.setAttribute("role", "group");
  drawing.setAttribute("aria-label", `Graph of ${model.name}`);
  const { graph } = model;
  if (graph) {
    void import("./graph.ts").then(({ drawGraph }) =>
      drawing.replaceChildren(drawGraph(graph, reveal)),
    );
  }
  const layers = model.layers
    .filter(({ depth }) => depth > 0)
    .map((layer) => row(layer, most, reveal));
  return make(
    "article",
    { class: "card" },
    make("h2", { text: model.name }),
    make("p", {
      class: "hint",
      text: model.isMeasured
        ? `${counted(total)} parameters · ${counted(flops)} operations an example, forward`
        : "The data tell its sizes when the training begins.",
    }),
    ...(graph ? [drawing] : []),
    make("h3", { text: "Layers" }),
    make("ol", { class: "layers" }, ...inputs, ...layers),
  );
}

function row(layer: LayerView, most: number, reveal: (offset: number) => void): HTMLElement {
  const name = make("button", {
    class: "layer-name",
    text: layer.block === "" ? layer.path : layer.block,
  });
  name.type = "button";
  name.title = layer.path;
  const { at } = layer;
  if (at === undefined) name.disabled = true;
  else name.addEventListener("click", () => reveal(at));
  const weight = make("span", { class: "weight" });
  weight.style.setProperty("--share", String(Math.sqrt(layer.parameters / most)));
  const item = make(
    "li",
    { class: "layer" },
    name,
    make("span", { class: "shape", text: layer.output }),
    make("span", {
      class: "count",
      text: layer.parameters > 0 ? counted(layer.parameters) : "",
    }),
    weight,
  );
  item.style.setProperty("--depth", String(layer.depth - 1));
  return item;
}
