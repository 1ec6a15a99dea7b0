// Open dimensions get their numbers: in types, in attributes, and in `dim` nodes, which become constants. Types are
// inferred again, so whatever two open sizes were assumed to have in common is checked here.

import { InternalError, type Reporter } from "../../grammar/diagnostic.ts";
import type { Code, DiagnosticArguments } from "../../grammar/diagnostic-table.ts";
import { createBuilder, typeText, type Infer } from "./build.ts";
import { formatDim, isOpen, substitute, symbolsOf, UnevenQuotient, type Dim } from "./dim.ts";
import {
  graphNodes,
  type Attr,
  type Attrs,
  type Graph,
  type Node,
  type TensorType,
} from "./graph.ts";

/** An operator's refusal with what a diagnostic needs (compiler/ops: OpFailure). */
export interface Refusal {
  readonly failure: Code;
  readonly args: DiagnosticArguments<Code>;
  readonly notes?: readonly string[];
  readonly help?: string;
}

/** Operators whose type is not a function of inputs and attributes. */
const typedByHand: ReadonlySet<string> = new Set(["input", "constant", "dim"]);

/**
 * The graph with numbers for its open dimensions. Undefined if a size does not come out: an uneven exact quotient, a
 * negative size, sizes that do not fit; the reporter has the places. Throws InternalError if a dimension got no number.
 */
export function specialize<F extends Refusal>(
  graph: Graph,
  dims: Readonly<Record<string, number>>,
  infer: Infer<F>,
  reporter: Reporter,
): Graph | undefined {
  const values: ReadonlyMap<string, Dim> = new Map(Object.entries(dims));
  const nodes = graphNodes(graph);
  const [first] = nodes;
  if (!first) return graph;
  const builder = createBuilder(infer, first.origin);
  // A node that failed, or reads one that failed, has none: one mistake gives one diagnostic.
  const counterparts = new Map<Node, Node>();
  for (const node of nodes) {
    const inputs: Node[] = [];
    for (const input of node.inputs) {
      const counterpart = counterparts.get(input);
      if (counterpart) inputs.push(counterpart);
    }
    if (inputs.length < node.inputs.length) continue;
    builder.at(node.origin);
    const specialised = specializeNode(node, inputs);
    if (specialised) counterparts.set(node, specialised);
  }

  const inputs: Node[] = [];
  for (const input of graph.inputs) {
    const counterpart = counterparts.get(input);
    if (counterpart) inputs.push(counterpart);
  }
  const outputs = graph.outputs.flatMap((output) => {
    const node = counterparts.get(output.node);
    return node ? [{ ...output, node }] : [];
  });
  const complete = inputs.length === graph.inputs.length && outputs.length === graph.outputs.length;
  return complete ? { inputs, outputs } : undefined;

  function specializeNode(node: Node, inputs: readonly Node[]): Node | undefined {
    let type: TensorType;
    let attrs: Attrs;
    try {
      type = { dtype: node.type.dtype, shape: node.type.shape.map(close) };
      attrs = closeAttrs(node.attrs, close);
    } catch (error) {
      if (!(error instanceof UnevenQuotient)) throw error;
      reporter.report(
        "uneven-division",
        node.origin.span,
        {
          dividend: formatDim(error.dividend),
          divisor: formatDim(error.divisor),
        },
        {
          notes: [{ message: `${node.op} is ${typeText(node.type)} here, with ${dimsText(dims)}` }],
        },
      );
      return undefined;
    }
    const negative = type.shape.find((size) => typeof size === "number" && size < 0);
    if (negative !== undefined) {
      reporter.report(
        "value-out-of-range",
        node.origin.span,
        {
          what: `a size of ${node.op}, ${typeText(node.type)}`,
          value: formatDim(negative),
          expected: "0 or more",
        },
        { notes: [{ message: `with ${dimsText(dims)}` }] },
      );
      return undefined;
    }
    if (node.op === "dim") return builder.node("constant", [], attrs, type);
    if (typedByHand.has(node.op)) return builder.node(node.op, inputs, attrs, type);

    const built = builder.tryNode(node.op, inputs, attrs);
    if ("failure" in built) {
      const notes = [...(built.notes ?? []), `with ${dimsText(dims)}`];
      reporter.report(built.failure, node.origin.span, built.args, {
        notes: notes.map((message) => ({ message })),
        ...(built.help === undefined ? {} : { help: built.help }),
      });
      return undefined;
    }
    if (typeText(built.type) !== typeText(type)) {
      throw new InternalError(
        `${node.op} was ${typeText(node.type)}, hence ${typeText(type)}, but became ${typeText(built.type)}`,
      );
    }
    return built;
  }

  function close(dim: Dim): number {
    const closed = substitute(dim, values);
    if (typeof closed === "number") return closed;
    throw new InternalError(`no number was given for ${[...symbolsOf(closed)].join(", ")}`);
  }
}

function closeAttrs(attrs: Attrs, close: (dim: Dim) => number): Attrs {
  return Object.fromEntries(
    Object.entries(attrs).map(([key, attr]) => [key, closeAttr(attr, close)]),
  );
}

function closeAttr(attr: Attr, close: (dim: Dim) => number): Attr {
  if (isOpen(attr)) return close(attr);
  if (Array.isArray(attr)) return (attr as readonly Attr[]).map((part) => closeAttr(part, close));
  if (typeof attr === "object" && attr !== null) return closeAttrs(attr as Attrs, close);
  return attr;
}

function dimsText(dims: Readonly<Record<string, number>>): string {
  const parts = Object.entries(dims).map(([name, size]) => `${name} = ${size}`);
  return parts.length === 0 ? "no open dimension" : parts.join(", ");
}
