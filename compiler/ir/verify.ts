// What is valid at each level of the graph, as a table, and the check of a graph against it. A problem found here is
// a mistake of the compiler, never of the user.

import { InternalError } from "../../grammar/diagnostic.ts";
import { typeText, type Infer } from "./build.ts";
import { isOpen } from "./dim.ts";
import { graphNodes, type Attr, type Graph, type Node, type Output } from "./graph.ts";
import { inputName, inputRole, isPersistent } from "./input.ts";

/**
 * model – as elaborated; specialised – every size known; primitive – lowered; training – with gradients and updates
 * of parameters, as the passes and the scheduler get it.
 */
export type Level = "model" | "specialised" | "primitive" | "training";

interface LevelRule {
  readonly named: boolean;
  readonly open: boolean;
  readonly outputs: readonly Output["role"][];
}

const beforeTraining = ["result", "loss", "metric", "update"] as const;

export const levels = {
  model: { named: true, open: true, outputs: beforeTraining },
  specialised: { named: true, open: false, outputs: beforeTraining },
  primitive: { named: false, open: false, outputs: beforeTraining },
  training: { named: false, open: false, outputs: [...beforeTraining, "gradient"] },
} as const satisfies Readonly<Record<Level, LevelRule>>;

export interface Problem {
  readonly message: string;
  readonly node?: Node;
}

export interface VerifyOptions {
  readonly level: Level;
  readonly infer: Infer<{ readonly failure: string }>;
  /** What the operator table says of a name; undefined if it has none such. */
  readonly levelOf: (op: string) => "named" | "primitive" | undefined;
}

/** Operators whose type is given, not inferred. */
const typedByHand: ReadonlySet<string> = new Set(["input", "constant", "dim"]);

/** Everything that is wrong with a graph; empty if it is valid at the level. */
export function verifyGraph(graph: Graph, options: VerifyOptions): Problem[] {
  const problems: Problem[] = [];
  const nodes = graphNodes(graph);
  const rule = levels[options.level];
  checkOrder(nodes, problems);
  for (const node of nodes) {
    const report = (message: string): void => {
      problems.push({ message: `${node.op} (node ${node.id}) ${message}`, node });
    };
    checkOperator(node, rule, options, report);
    checkSizes(node, rule, report);
  }
  checkInputs(graph, nodes, problems);
  checkOutputs(graph, rule, problems);
  return problems;
}

/** Throws an InternalError that lists the problems of a graph, if there are any, after `who` made it. */
export function assertValid(graph: Graph, who: string, options: VerifyOptions): void {
  const problems = verifyGraph(graph, options);
  if (problems.length === 0) return;
  const shown = problems.slice(0, 5).map((problem) => `  ${problem.message}`);
  const more =
    problems.length > shown.length ? `\n  and ${problems.length - shown.length} more` : "";
  throw new InternalError(`${who} gave a broken graph:\n${shown.join("\n")}${more}`);
}

/** In a graph with a circle some node comes before its input. */
function checkOrder(nodes: readonly Node[], problems: Problem[]): void {
  const seen = new Set<Node>();
  for (const node of nodes) {
    if (node.inputs.some((input) => !seen.has(input))) {
      problems.push({ message: `${node.op} (node ${node.id}) reads itself in a circle`, node });
    }
    seen.add(node);
  }
}

function checkOperator(
  node: Node,
  rule: LevelRule,
  { infer, levelOf, level }: VerifyOptions,
  report: (message: string) => void,
): void {
  const known = levelOf(node.op);
  if (known === undefined) return report("is no operator");
  if (known === "named" && !rule.named) return report(`is no primitive, at level ${level}`);
  if (node.op === "constant") return checkConstant(node, report);
  if (typedByHand.has(node.op)) return;
  const found = infer(
    node.op,
    node.inputs.map((input) => input.type),
    node.attrs,
  );
  if ("failure" in found) return report(`refuses its operands: ${found.failure}`);
  if (typeText(found) !== typeText(node.type)) {
    report(`says it is ${typeText(node.type)}, but is ${typeText(found)}`);
  }
}

function checkConstant({ attrs, type }: Node, report: (message: string) => void): void {
  const { value, values } = attrs;
  if (Array.isArray(values)) {
    const size = type.shape.reduce<number>((count, n) => count * Number(n), 1);
    if (values.length !== size) report(`has ${values.length} values, but is ${typeText(type)}`);
  } else if (typeof value !== "number" && typeof value !== "boolean") {
    report("has no value");
  } else if (type.shape.length > 0) {
    report(`has one value, but is ${typeText(type)}`);
  }
}

function checkSizes(node: Node, rule: LevelRule, report: (message: string) => void): void {
  for (const size of node.type.shape) {
    if (typeof size === "number") {
      if (!Number.isSafeInteger(size) || size < 0) report(`has a size of ${size}`);
    } else if (!rule.open) {
      report(`has the open size ${size.text}`);
    }
  }
  if (!rule.open && hasOpen(node.attrs)) report("has an open dimension among its attributes");
}

function hasOpen(attr: Attr | { readonly [key: string]: Attr }): boolean {
  if (isOpen(attr)) return true;
  if (Array.isArray(attr)) return (attr as readonly Attr[]).some(hasOpen);
  return typeof attr === "object" && attr !== null && Object.values(attr).some(hasOpen);
}

function checkInputs(graph: Graph, nodes: readonly Node[], problems: Problem[]): void {
  const declared = new Set(graph.inputs);
  const names = new Set<string>();
  for (const node of graph.inputs) {
    if (node.op !== "input") {
      problems.push({ message: `${node.op} stands among the inputs`, node });
      continue;
    }
    const name = inputText(node);
    if (names.has(name)) problems.push({ message: `there are two inputs called ${name}`, node });
    names.add(name);
  }
  for (const node of nodes) {
    if (node.op === "input" && !declared.has(node)) {
      problems.push({ message: `${inputText(node)} is read, but is not among the inputs`, node });
    }
  }
}

function checkOutputs(graph: Graph, rule: LevelRule, problems: Problem[]): void {
  const names = new Set<string>();
  for (const { name, role, node } of graph.outputs) {
    const report = (message: string): void => {
      problems.push({ message: `output ${role} ${name} ${message}`, node });
    };
    if (names.has(`${role} ${name}`)) report("stands twice");
    names.add(`${role} ${name}`);
    if (!rule.outputs.includes(role)) report("has no place at this level");
    if (role === "loss" && typeText(node.type) !== "f32[]") report(`is ${typeText(node.type)}`);
    if (role === "update") checkUpdate(graph, name, node, report);
  }
}

function inputText(node: Node): string {
  return `${inputRole(node)} ${inputName(node)}`;
}

/** What is updated keeps its type. A state may be written without being read: then there is no input to compare. */
function checkUpdate(
  graph: Graph,
  name: string,
  node: Node,
  report: (message: string) => void,
): void {
  for (const input of graph.inputs) {
    if (inputName(input) !== name || !isPersistent(input)) continue;
    if (typeText(input.type) !== typeText(node.type)) {
      report(`is ${typeText(node.type)}, but takes the place of ${typeText(input.type)}`);
    }
  }
}
