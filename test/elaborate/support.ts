// Source text to what elaboration makes of it, printed the way a person compares it: types of results, paths with
// their types, diagnostics with their lines.

import { load, type LoadedFile } from "../../compiler/api/load.ts";
import type { ModelUnit } from "../../compiler/elaborate/unit.ts";
import { typeText } from "../../compiler/ir/build.ts";
import { diagnosticJson } from "../../grammar/diagnostic-json.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { memoryHost } from "../../runtime/memory-host.ts";

export interface ProgramOptions {
  /** Other files by path: sources and data. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly sets?: Readonly<Record<string, string>>;
}

export function program(text: string, options: ProgramOptions = {}): LoadedFile {
  const host = memoryHost({ ...options.files, "main.dlm": text });
  return load("main.dlm", { host, dataHost: host, sets: options.sets ?? {} });
}

/** All mistakes and warnings of a program, one line each: `3 unknown-name: nothing is called …`. */
export function mistakes(text: string, options: ProgramOptions = {}): string[] {
  return program(text, options)
    .checkAll()
    .map((found) => `${diagnosticJson(found).line} ${found.code}: ${found.message}`);
}

/** The codes alone. */
export function codes(text: string, options: ProgramOptions = {}): string[] {
  return program(text, options)
    .checkAll()
    .map((found) => found.code);
}

export function model(text: string, name?: string, options: ProgramOptions = {}): ModelUnit {
  const file = program(text, options);
  return explained(file, () => file.model(name));
}

/** What a program threw, with its diagnostics. */
function explained<T>(file: LoadedFile, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const lines = file.diagnostics.map(describe);
    throw new Error(`${lines.join("\n")}\n${file.text}`, { cause: error });
  }
}

function describe(found: Diagnostic): string {
  const notes = found.notes.map((note) => `\n    ${note.message}`).join("");
  return `${diagnosticJson(found).line} ${found.code}: ${found.message}${notes}`;
}

/** The type of an expression over these inputs, by the result of a model. */
export function typeOf(inputs: string, expr: string, declarations = ""): string {
  const unit = model(`${declarations}\nmodel M(${inputs}) -> (y: [...]) = ${expr}`, "M");
  return unit.outputs.map(({ type }) => typeText(type)).join(", ");
}

/** Ints known while compiling, comma-separated, by the shape of a tensor. */
export function intsOf(exprs: string, declarations = "", inputs = "x: [n, 4]"): string {
  return typeOf(inputs, `zeros([${exprs}])`, declarations).replace(/^f32\[(.*)\]$/, "$1");
}

/** Parameters and states: `dense_0.weight [2, 4]`, states with their role before. */
export function tensorsOf(unit: ModelUnit): string[] {
  return unit.tensors.map(({ path, role, type }) => {
    const text = `${path} ${typeText(type).replace(/^f32/, "")}`;
    return role === "parameter" ? text : `${role} ${text}`;
  });
}
