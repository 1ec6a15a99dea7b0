// A module's text. What is large – code as bytes, weights – is set in after the text was formatted, where a placeholder
// stood.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Program } from "../../runtime/artifact.ts";
import type { BatchTensor, ProgramText } from "../../runtime/module/source.ts";
import { saveTokens } from "../../runtime/data/text/vocabulary.ts";
import type { ExampleColumn } from "../../runtime/module/examples.ts";
import type { DType } from "../../runtime/types.ts";
import type { ModuleContents, TargetContents } from "./contents.ts";
import type { ExampleContents } from "./examples.ts";

/** How a module is written. */
export interface Form {
  /** `ts`, or `js` with its types in a file of their own. */
  readonly language: "ts" | "js";
  /** What the runtime is imported from. */
  readonly runtime: string;
  /** First lines. */
  readonly heading: readonly string[];
  /** Where the weights are: a string literal of base64, an address relative to the module, or nowhere. */
  readonly weights:
    | { readonly kind: "embedded"; readonly text: string }
    | { readonly kind: "address"; readonly address: string; readonly relative: boolean }
    | { readonly kind: "none" };
  /** Bytes as base64 text, compressed. */
  readonly compressed: (bytes: Uint8Array) => string;
  /** A source file's path as seen from the module. */
  readonly pathOf: (path: string) => string;
}

export interface ModuleText {
  readonly text: string;
  /** Text by placeholder, a word that stands in quotes. */
  readonly large: ReadonlyMap<string, string>;
}

const arrays: Readonly<Record<DType, string>> = {
  f32: "Float32Array",
  f16: "Uint16Array",
  i32: "Int32Array",
  u8: "Uint8Array",
  bool: "Uint8Array",
};

/** The declarations of a module's types. */
export function printTypes(contents: ModuleContents): string {
  const { name, inputs, outputs, examples, training } = contents;
  const lines: string[] = [];
  const block = (doc: string, interfaceName: string, fields: readonly string[]): void => {
    lines.push(`/** ${doc} */`, `export interface ${interfaceName} {`, ...fields, "}", "");
  };
  const tensors = (list: readonly BatchTensor[]): string[] =>
    list.flatMap((tensor) => [
      `/** ${shapeText(tensor)} */`,
      `readonly ${key(tensor.name)}: dlm.Numbers${tensor.shape.length === 0 ? " | number" : ""};`,
    ]);
  block(`Inputs of \`${name}\` as it reads them.`, `${name}Inputs`, tensors(inputs));
  if (examples) {
    const columns = examples.columns.filter(({ input }) => examples.predicts.includes(input));
    block(
      `Examples as the data \`${examples.data}\` has them, for any number of them one after the other.`,
      `${name}Examples`,
      columns.flatMap(columnTypes),
    );
  }
  block(
    `Outputs of \`${name}\`.`,
    `${name}Outputs`,
    outputs.flatMap((tensor) => [
      `/** ${shapeText(tensor)} */`,
      `readonly ${key(tensor.name)}: ${arrays[tensor.dtype]};`,
    ]),
  );
  const given = examples ? `${name}Examples` : `${name}Inputs`;
  const writes = contents.writers ? " & dlm.Writer" : "";
  const common = `${given}, ${name}Inputs, ${name}Outputs`;
  if (training) {
    block(`Fields of a batch to train on.`, `${name}Fields`, tensors(training.fields));
    if (examples) {
      block(
        `Examples with what is to be learnt of them.`,
        `${name}Labelled`,
        examples.columns.flatMap(columnTypes),
      );
    }
    const labelled = examples ? `${name}Labelled` : `${name}Fields`;
    lines.push(
      `export type ${name} = dlm.TrainableModel<${common}, ${labelled}, ${name}Fields>${writes};`,
    );
  } else lines.push(`export type ${name} = dlm.CompiledModel<${common}>${writes};`);
  return lines.join("\n");
}

/** The declarations alone, beside a module in JavaScript. */
export function printDeclarations(contents: ModuleContents, form: Form): string {
  return [
    ...form.heading,
    "",
    `import type * as dlm from ${JSON.stringify(form.runtime)};`,
    "",
    printTypes(contents),
    "",
    moduleDoc(contents),
    `export declare const ${contents.name}: dlm.ModelModule<${contents.name}>;`,
    `export declare const load: (options?: dlm.ModuleOptions) => Promise<${contents.name}>;`,
    `export default ${contents.name};`,
    "",
  ].join("\n");
}

/** The module. */
export function printModule(contents: ModuleContents, form: Form): ModuleText {
  const large = new Map<string, string>();
  const hold = (text: string): string => {
    const placeholder = `large-${large.size}`;
    large.set(placeholder, text);
    return JSON.stringify(placeholder);
  };
  const { name } = contents;
  const isTyped = form.language === "ts";
  const lines = [
    ...form.heading,
    "",
    `import * as dlm from ${JSON.stringify(form.runtime)};`,
    "",
    ...(isTyped ? [printTypes(contents), ""] : []),
  ];
  const targets = contents.targets.map((target) => {
    lines.push(...printTarget(target, form, hold), "");
    return target.place.device;
  });
  if (contents.examples) {
    lines.push(...printVocabularies(contents.examples, form, hold));
    lines.push(...printExamples(contents.examples, form), "");
  }
  lines.push(moduleDoc(contents));
  const generic = isTyped ? `<${name}>` : "";
  lines.push(`export const ${name} = /* @__PURE__ */ dlm.defineModel${generic}({`);
  lines.push(`  name: ${JSON.stringify(name)},`);
  lines.push(`  targets: [${targets.join(", ")}],`);
  lines.push(`  inputs: ${JSON.stringify(contents.inputs)},`);
  lines.push(`  outputs: ${JSON.stringify(contents.outputs)},`);
  lines.push(`  tensors: ${JSON.stringify(contents.tensors)},`);
  lines.push(`  fills: ${JSON.stringify(contents.fills)},`);
  lines.push(`  labels: ${JSON.stringify(Object.fromEntries(contents.examples?.labels ?? []))},`);
  const weights = printWeights(form, hold);
  if (weights !== undefined) lines.push(`  weights: ${weights},`);
  if (contents.examples) lines.push("  examples: () => dlm.exampleReader(examples),");
  const extensions = [
    ...(contents.training ? [`dlm.trainable(${JSON.stringify(contents.training)})`] : []),
    ...(contents.writers ? [`dlm.writers(${JSON.stringify(contents.writers)}, vocabularies)`] : []),
  ];
  if (extensions.length > 0) lines.push(`  extensions: [${extensions.join(", ")}],`);
  lines.push("});", "");
  lines.push(`export const load = ${name}.load;`, `export default ${name};`, "");
  return { text: lines.join("\n"), large };
}

function moduleDoc({ name, parameterCount }: ModuleContents): string {
  return `/** \`${name}\`, a model of ${parameterCount.toLocaleString("en-US")} parameters. */`;
}

function printWeights({ weights }: Form, hold: (text: string) => string): string | undefined {
  switch (weights.kind) {
    case "embedded":
      return `async () => dlm.fromBase64(${hold(weights.text)})`;
    case "address": {
      const address = JSON.stringify(weights.address);
      const url = weights.relative ? `new URL(${address}, import.meta.url)` : address;
      return `() => dlm.fetchBytes(${url})`;
    }
    default:
      return undefined;
  }
}

function printTarget(
  { place, persistent, programs }: TargetContents,
  form: Form,
  hold: (text: string) => string,
): string[] {
  const { device, wasm } = place;
  const settings: Record<string, unknown> = {};
  const [first] = programs;
  if (wasm) Object.assign(settings, { threads: wasm.threads, relaxed: wasm.relaxed });
  if (first?.code.target === "webgpu") {
    Object.assign(settings, { segmentBytes: first.code.segmentBytes });
  }
  const { tensors, bytes } = persistent;
  return [
    `const ${device} = /* @__PURE__ */ dlm.${device}Target({`,
    `  persistent: ${JSON.stringify({ tensors, bytes })},`,
    ...Object.entries(settings).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`),
    "  programs: [",
    ...programs.flatMap((program) => printProgram(program, form, hold)),
    "  ],",
    "});",
  ];
}

function printProgram(program: Program, form: Form, hold: (text: string) => string): string[] {
  const { name, inputs, outputs, arenaBytes, base, steps, kernels } = program;
  const isPlain =
    steps.length === kernels.length &&
    steps.every((step, i) => step.kind === "kernel" && step.kernel === i);
  const rest: Omit<ProgramText, "kernels"> = {
    name,
    inputs,
    outputs,
    arenaBytes,
    base,
    ...(isPlain ? {} : { steps }),
  };
  return [
    "{",
    ...Object.entries(rest).map(([entry, value]) => `${entry}: ${JSON.stringify(value)},`),
    "kernels: [",
    ...kernels.map(({ name: kernel, origins }) => {
      const place = placeText(origins[0]?.place ?? "", form);
      return `${JSON.stringify({ name: kernel, place })},`;
    }),
    "],",
    `code: ${printCode(program, form, hold)},`,
    "},",
  ];
}

function printCode({ code, kernels }: Program, form: Form, hold: (text: string) => string): string {
  switch (code.target) {
    case "js":
      if (typeof code.source !== "string") throw new InternalError("the code is no text");
      return `(memory, h) => {\n${typedViews(code.source, form)}}`;
    case "wasm":
      return hold(form.compressed(code.module));
    case "webgpu": {
      const shaders = code.kernels.map(({ code: text, workgroups, segments, counters }, i) => {
        const { name = "", origins = [] } = kernels[i] ?? {};
        return [
          `// ${oneLine(name)}  ${placeText(origins[0]?.place ?? "", form)}`,
          `{ workgroups: ${JSON.stringify(workgroups)}, segments: ${JSON.stringify(segments)}, counters: ${counters}, code: ${template(text)} },`,
        ].join("\n");
      });
      return `[\n${shaders.join("\n")}\n]`;
    }
    default:
      throw new InternalError(`a module cannot hold code for ${code.target}`);
  }
}

/** Kernels count on what they store, whatever settings a project checks its types with. */
function typedViews(source: string, form: Form): string {
  const body = source
    .replace(/^"use strict";\n/, "")
    .replace(
      /^(\/\/ \S+ {2})(.+)$/gm,
      (_, start: string, place: string) => start + placeText(place, form),
    );
  if (form.language === "js") return body;
  return body.replace(
    /\b(f32|f64|i32|u8|f16|tile) = new (\w+)\((memory|16)\)/g,
    "$1: any = new $2($3)",
  );
}

/** `file:line:column` with the file as seen from the module. */
function placeText(place: string, { pathOf }: Form): string {
  const [, path, rest] = /^(.*?)(:\d+:\d+)$/.exec(oneLine(place)) ?? [];
  return path === undefined || rest === undefined ? oneLine(place) : pathOf(path) + rest;
}

function template(text: string): string {
  return `\`${text.replace(/[\\`]|\$\{/g, "\\$&")}\``;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

function printVocabularies(
  { vocabularies }: ExampleContents,
  form: Form,
  hold: (text: string) => string,
): string[] {
  if (vocabularies.size === 0) return [];
  const entries = [...vocabularies].map(([name, vocabulary]) => {
    const tables = hold(form.compressed(saveTokens(vocabulary)));
    return `${key(name)}: { rule: ${JSON.stringify(vocabulary.rule)}, tables: ${tables} },`;
  });
  return ["const vocabularies = /* @__PURE__ */ dlm.vocabularies({", ...entries, "});", ""];
}

function printExamples(examples: ExampleContents, form: Form): string[] {
  const { columns, fields, persistent, programs, fitted } = examples;
  const lines = [
    `const examples${form.language === "ts" ? ": dlm.ExampleSource" : ""} = {`,
    `  columns: ${JSON.stringify(columns)},`,
    `  fields: ${JSON.stringify(fields)},`,
  ];
  if (programs.length > 0) {
    const values = [...fitted].map(([path, data]) => [path, Array.from(data)]);
    lines.push(
      "  programs: {",
      `    persistent: ${JSON.stringify(persistent)},`,
      `    fitted: ${JSON.stringify(Object.fromEntries(values))},`,
      "    programs: [",
      ...programs.flatMap((program) => printProgram(program, form, () => "")),
      "    ],",
      "  },",
    );
  }
  if (examples.vocabularies.size > 0) lines.push("  vocabularies,");
  lines.push("};");
  return lines;
}

function columnTypes(column: ExampleColumn): string[] {
  switch (column.kind) {
    case "numbers":
      return [
        `/** ${shapeText({ ...column, batched: true })} */`,
        `readonly ${key(column.name)}: dlm.Numbers${column.shape.length === 0 ? " | number" : ""};`,
      ];
    case "beside":
      return column.names.flatMap((name) => [
        "/** f32 [examples]; NaN where it is missing */",
        `readonly ${key(name)}: dlm.Numbers | number;`,
      ]);
    case "one_hot":
      return column.columns.flatMap(({ name, values }) => [
        `/** one of ${commentText(values.join(", "))} */`,
        `readonly ${key(name)}: dlm.Texts;`,
      ]);
    case "category":
      return [
        `/** one of ${commentText(column.values.join(", "))} */`,
        `readonly ${key(column.name)}: dlm.Texts;`,
      ];
    case "tokens":
      return [
        `/** texts of up to ${column.shape[0]} tokens */`,
        `readonly ${key(column.name)}: dlm.Texts;`,
      ];
    default:
      return column satisfies never;
  }
}

function shapeText({
  dtype,
  shape,
  batched,
}: Pick<BatchTensor, "dtype" | "shape" | "batched">): string {
  const sizes = [...(batched ? ["examples"] : []), ...shape];
  return sizes.length === 0 ? dtype : `${dtype} [${sizes.join(", ")}]`;
}

function commentText(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return oneLine(short).replaceAll("*/", "* /");
}

/** A field's name, in quotes where it is no identifier. */
function key(name: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}
