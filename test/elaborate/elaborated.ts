// Programs as text, elaborated: what the tests of the static semantics look at.

import { load, type LoadedFile } from "../../compiler/api/load.ts";
import type { ModelUnit } from "../../compiler/elaborate/unit.ts";
import { typeText } from "../../compiler/ir/build.ts";
import { graphNodes, type Graph } from "../../compiler/ir/graph.ts";
import type { Host } from "../../runtime/host.ts";

/** A program of one file (and others by name), with `--set` values. */
export function loadText(
  text: string,
  options: {
    readonly sets?: Readonly<Record<string, string>>;
    readonly others?: Readonly<Record<string, string>>;
  } = {},
): LoadedFile {
  const files: Readonly<Record<string, string>> = { ...options.others, "main.dlm": text };
  const host: Host = {
    readText: (path) => files[path],
    resolve: (specifier) => {
      const name = specifier.replace(/^\.\//, "");
      return name in files ? name : undefined;
    },
  };
  return load("main.dlm", { host, ...(options.sets ? { sets: options.sets } : {}) });
}

/** The only model of a program that must be right. */
export function modelOf(text: string): ModelUnit {
  const file = loadText(text);
  expectNothing(file);
  return file.model();
}

/** The model `M` with this body behind its signature. */
export function model(signature: string, body: string, before = ""): ModelUnit {
  return modelOf(`${before}\nmodel M${signature} ${body.startsWith("{") ? body : `= ${body}`}\n`);
}

export function expectNothing(file: LoadedFile): void {
  const found = file.checkAll().filter((d) => d.severity === "error");
  if (found.length > 0) throw new Error(found.map((d) => `${d.code}: ${d.message}`).join("\n"));
}

/** `code: message` of everything that is found. */
export function problems(text: string): string[] {
  return loadText(text)
    .checkAll()
    .map((d) => `${d.code}: ${d.message}`);
}

export function paths(unit: ModelUnit): string[] {
  return unit.tensors.map((spec) => spec.path);
}

/** Paths of layers without the model itself. */
export function layers(unit: ModelUnit): string[] {
  return unit.layers.map((layer) => layer.path).filter((path) => path !== "");
}

/** Types of the outputs in order. */
export function results(unit: ModelUnit): string[] {
  return unit.outputs.map(({ type }) => typeText(type));
}

/** Shapes of parameters and states by path. */
export function shapes(unit: ModelUnit): Record<string, string> {
  return Object.fromEntries(unit.tensors.map((spec) => [spec.path, typeText(spec.type)]));
}

/** How often an operator stands in a graph. */
export function count(graph: Graph, op: string): number {
  return graphNodes(graph).filter((node) => node.op === op).length;
}

/** Number of elements of all parameters; open sizes do not count. */
export function parameterCount(unit: ModelUnit): number {
  return unit.tensors
    .filter((spec) => spec.role === "parameter")
    .reduce((sum, { type }) => sum + type.shape.reduce<number>((n, dim) => n * Number(dim), 1), 0);
}
