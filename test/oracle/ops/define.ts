// How a case of the `ops` family becomes .dlm text.

import type { OracleCase, TensorInfo } from "../support/manifest.ts";

export interface OpCase extends OracleCase {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
  readonly grads: Readonly<Record<string, TensorInfo>>;
}

export interface Written {
  /** Statements before the results: `let layer = conv(4, 3)`. */
  readonly lets?: string;
  /** The expression of each output over the case's inputs. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Inputs that are parameters or states of a layer, with their paths: `{ weight: "layer.weight" }`. */
  readonly tensors?: Readonly<Record<string, string>>;
  /** Outputs that are states after the run, with their paths. */
  readonly states?: Readonly<Record<string, string>>;
  readonly mode?: "training" | "evaluation";
}

/** A string is the expression of the output `y`. */
export type Write = (c: OpCase) => string | Written;

export type OpTable = Readonly<Record<string, Write>>;

export function shapeOf(c: OpCase, input: string): readonly number[] {
  const info = c.inputs[input];
  if (!info) throw new Error(`${c.id} has no input ${input}`);
  return info.shape;
}

export function has(c: OpCase, input: string): boolean {
  return c.inputs[input] !== undefined;
}

/** An attribute as .dlm text: numbers, lists as lists. */
export function attr(c: OpCase, name: string): string {
  return literal(c.attrs[name]);
}

export function numberAttr(c: OpCase, name: string): number {
  const value = c.attrs[name];
  if (typeof value !== "number") throw new Error(`${c.id}: ${name} is no number`);
  return value;
}

export function listAttr(c: OpCase, name: string): readonly number[] {
  const value = c.attrs[name];
  if (!Array.isArray(value)) throw new Error(`${c.id}: ${name} is no list`);
  return value as readonly number[];
}

export function literal(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "number") return String(value);
  return JSON.stringify(value);
}

/** Axes as a setting: one as a number, several as a tuple. */
export function axes(list: readonly number[]): string {
  return list.length === 1 ? String(list[0]) : `(${list.join(", ")})`;
}

/** The inputs that are parameters of `layer`, where the case has them. */
export function layerTensors(c: OpCase, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.filter((name) => has(c, name)).map((name) => [name, `layer.${name}`]),
  );
}

/** The text of a case: a model whose parameters are the inputs that want gradients, and whose last result is the sum of
 *  outputs times upstream gradients. */
export function sourceOf(c: OpCase, written: Written): string {
  const own = new Set(Object.keys(written.tensors ?? {}));
  const free = Object.entries(c.inputs).filter(([name]) => !own.has(name));
  const inputs = free
    .filter(([name]) => !(name in c.grads))
    .map(([name, info]) => `${name}: ${typeText(info)}`);
  const parameters = free
    .filter(([name]) => name in c.grads)
    .map(([name, info]) => `  param ${name}: ${typeText(info)} = zeros`);
  const outputs = Object.entries(written.outputs);
  const upstream = upstreamOutputs(c);
  for (const name of upstream) {
    const info = c.outputs[name];
    if (info) inputs.push(`upstream_${name}: ${typeText(info)}`);
  }
  const results = outputs.map(([name]) => {
    const info = c.outputs[name];
    if (!info) throw new Error(`${c.id} has no output ${name}`);
    return `result_${name}: ${typeText(info)}`;
  });
  if (upstream.length > 0) results.push("loss: []");
  const values = outputs.map(([name, text]) => `  let result_${name} = ${text}`);
  const loss = upstream.map((name) => `sum(result_${name} * upstream_${name})`).join(" + ");
  const given = [
    ...outputs.map(([name]) => `result_${name}`),
    ...(upstream.length > 0 ? [loss] : []),
  ];
  // A model needs an input; a case without one gets a number that nothing reads.
  if (inputs.length === 0) inputs.push("unused: []");
  return [
    `model Case(${inputs.join(", ")}) -> (${results.join(", ")}) {`,
    ...parameters,
    ...(written.lets === undefined ? [] : [`  ${written.lets}`]),
    ...values,
    given.length === 1 ? `  return ${given.join("")}` : `  return (${given.join(", ")})`,
    "}",
    "",
  ].join("\n");
}

/** Outputs that carry an upstream gradient; none where the case has no gradients. */
export function upstreamOutputs(c: OpCase): string[] {
  if (Object.keys(c.grads).length === 0) return [];
  return Object.entries(c.outputs)
    .filter(([, info]) => info.upstream !== false && info.dtype === "f32")
    .map(([name]) => name);
}

function typeText({ dtype, shape }: TensorInfo): string {
  return `${dtype === "f32" ? "" : dtype}[${shape.join(", ")}]`;
}
