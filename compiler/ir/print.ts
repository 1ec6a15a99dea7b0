// A graph as text, which parse.ts reads back: inputs, then nodes in an order of use, then outputs.
//
//   input field image: f32[batch, 1, 28, 28]
//   input parameter conv_0.weight: f32[6, 1, 5, 5]
//   %0: f32[batch, 6, 28, 28] = conv(%image, %conv_0.weight) { stride: [1, 1], padding: [[2, 2], [2, 2]] }
//   output result logits = %0

import { formatSpan } from "../../grammar/source.ts";
import { typeText } from "./build.ts";
import { isOpen } from "./dim.ts";
import { graphNodes, type Attr, type Attrs, type Form, type Graph, type Node } from "./graph.ts";
import { inputName, inputRole } from "./input.ts";

export interface PrintOptions {
  /** Ends every line with the place and the blocks that it comes from, as a comment. */
  readonly origins?: boolean;
}

/** The text of a graph. Equal graphs have equal texts: nodes are numbered in the order of printing. */
export function printGraph(graph: Graph, options: PrintOptions = {}): string {
  const names = inputNames(graph.inputs);
  const lines: string[] = [];
  const put = (line: string, node: Node): void => {
    lines.push(options.origins === true ? `${line} // ${originText(node)}` : line);
  };
  for (const input of graph.inputs) {
    const { name: _name, role: _role, ...rest } = input.attrs;
    const more = Object.keys(rest).length === 0 ? "" : ` ${attrsText(rest)}`;
    put(
      `input ${inputRole(input)} ${nameText(inputName(input))}: ${typeText(input.type)}${more}`,
      input,
    );
  }
  let count = 0;
  for (const node of graphNodes(graph)) {
    if (names.has(node)) continue;
    names.set(node, `%${count}`);
    const attrs = Object.keys(node.attrs).length === 0 ? "" : ` ${attrsText(node.attrs)}`;
    const operands = node.inputs.map((input) => names.get(input) ?? "%?").join(", ");
    put(`%${count}: ${typeText(node.type)} = ${node.op}(${operands})${attrs}`, node);
    count += 1;
  }
  for (const { name, role, node } of graph.outputs) {
    put(`output ${role} ${nameText(name)} = ${names.get(node) ?? "%?"}`, node);
  }
  return `${lines.join("\n")}\n`;
}

/** `%name` for every input; `%role:name` where two inputs of different roles bear one name. */
function inputNames(inputs: readonly Node[]): Map<Node, string> {
  const counts = new Map<string, number>();
  for (const input of inputs) {
    const name = inputName(input);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map(
    inputs.map((input) => {
      const name = inputName(input);
      const prefix = counts.get(name) === 1 ? "" : `${inputRole(input)}:`;
      return [input, `%${prefix}${nameText(name)}`];
    }),
  );
}

/** Letters of any script, digits, `_`, `$` and dots; it starts with no digit and no dot. */
export const plainName = /^[\p{L}_$][\p{L}\p{M}\p{N}_$.]*$/u;

/** A name as it stands in graph text: quoted unless plain. */
export function nameText(name: string): string {
  return plainName.test(name) ? name : JSON.stringify(name);
}

function attrsText(attrs: Attrs): string {
  const entries = Object.entries(attrs).map(
    ([key, attr]) => `${nameText(key)}: ${printAttr(attr)}`,
  );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** Words of attributes that a dimension of the same name must not be taken for. */
export const attrWords: ReadonlyMap<string, Attr> = new Map<string, Attr>([
  ["inf", Infinity],
  ["nan", NaN],
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** An attribute as text that reads back as the same value, to the last bit of a number. */
export function printAttr(attr: Attr): string {
  if (typeof attr === "number") return numberText(attr);
  if (typeof attr === "string") return JSON.stringify(attr);
  if (typeof attr === "boolean" || attr === null) return String(attr);
  if (isOpen(attr))
    return attrWords.has(attr.text.replace(/^-/, "")) ? `(${attr.text})` : attr.text;
  if (Array.isArray(attr)) return `[${(attr as readonly Attr[]).map(printAttr).join(", ")}]`;
  const record = attr as Attrs;
  return isForm(record) ? formText(record) : attrsText(record);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Index forms are so frequent that they have a notation of their own: `<2*@1 + @3 - 1>`, `<(@0 + 2) / 2>`. */
function formText(form: Form): string {
  let text = "";
  for (const { axis, coefficient } of form.terms) {
    const size = Math.abs(coefficient);
    const body = size === 1 ? `@${axis}` : `${size}*@${axis}`;
    text +=
      text === ""
        ? coefficient < 0
          ? `-${body}`
          : body
        : ` ${coefficient < 0 ? "-" : "+"} ${body}`;
  }
  if (text === "") text = String(form.offset);
  else if (form.offset !== 0) text += ` ${form.offset < 0 ? "-" : "+"} ${Math.abs(form.offset)}`;
  return form.divisor === 1 ? `<${text}>` : `<(${text}) / ${form.divisor}>`;
}

/** Whether a record is exactly an index form of ordinary integers, in the usual order of its keys. */
function isForm(record: Attrs): record is Attrs & Form {
  if (Object.keys(record).join() !== "terms,offset,divisor") return false;
  const { terms, offset, divisor } = record;
  if (!isPlainInteger(offset) || !isPlainInteger(divisor) || !Array.isArray(terms)) return false;
  return (terms as readonly Attr[]).every((term) => {
    if (typeof term !== "object" || term === null || Array.isArray(term) || isOpen(term))
      return false;
    const { axis, coefficient } = term as Attrs;
    return (
      Object.keys(term).join() === "axis,coefficient" &&
      isPlainInteger(axis) &&
      isPlainInteger(coefficient)
    );
  });
}

function isPlainInteger(value: Attr | undefined): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function originText({ origin }: Node): string {
  const { span, blocks, role } = origin;
  const chain = blocks.length === 0 ? "" : ` ${blocks.join(" > ")}`;
  return `${formatSpan(span)}${chain}${role === "forward" ? "" : ` (${role})`}`;
}
