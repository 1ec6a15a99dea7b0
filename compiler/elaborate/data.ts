// Data declarations: the reader's call, the body run for one example in training and in evaluation mode, fitted states.

import type { Data, Entry, Expr, Field, Let } from "../../grammar/ast.ts";
import { formatSpan } from "../../grammar/source.ts";
import type { Column } from "../../runtime/data/spec.ts";
import type { Graph, Node, Output } from "../ir/graph.ts";
import { inputName, topological } from "../ir/graph.ts";
import { printGraph } from "../ir/print.ts";
import { createColumns, type Columns } from "./columns.ts";
import {
  finishGraph,
  newBuild,
  report,
  withBuild,
  withPlace,
  type Build,
  type Context,
} from "./context.ts";
import { newBindings } from "./dimensions.ts";
import { evaluate, evaluateForced } from "./evaluate.ts";
import type { FileScope } from "./files.ts";
import { force } from "./force.ts";
import { newRoot, rootLayer, type Layer } from "./layers.ts";
import { tensorSpecs, updateOutputs } from "./model.ts";
import { derivesFromOpen, readBucket, refusesOpen } from "./open-lengths.ts";
import { readReader, type ReaderCall } from "./reader.ts";
import { lookup, type Scope } from "./scope.ts";
import { assumeType } from "./signature.ts";
import { readSplit } from "./split.ts";
import { bindLet } from "./statements.ts";
import { describeValue } from "./text.ts";
import type { DataUnit } from "./unit.ts";
import { errorValue, type Value } from "./values.ts";
import type { ReaderCatalogue } from "../../runtime/data/spec.ts";

/** A declaration with what it extends: statements in order, base first, with the scope each was written in. */
interface Chain {
  readonly name: string;
  readonly call: ReaderCall;
  readonly items: readonly { readonly item: Let | Field; readonly scope: Scope }[];
  /** `split` and `bucket`, each of the last declaration that has it. */
  readonly entries: ReadonlyMap<string, { readonly entry: Entry; readonly scope: Scope }>;
}

export function elaborateData(
  ctx: Context,
  declaration: Data,
  file: FileScope,
  readers: ReaderCatalogue,
): DataUnit | undefined {
  const chain = followChain(ctx, declaration, file, readers, 0);
  if (!chain) return undefined;
  const root = newRoot("data", "fitted");
  const layer = rootLayer(
    root,
    declaration.name.text,
    declaration.name.text,
    declaration.name.span,
  );
  const columns = createColumns(ctx, chain.name, chain.call);

  const run = (training: boolean, fitting: Layer | undefined): Run | undefined => {
    const build = newBuild(
      { training, role: "data", effective: (owner) => fitting !== undefined && owner === fitting },
      declaration.span,
    );
    return withBuild(ctx, build, () => {
      const fields = runItems(ctx, chain, layer, columns);
      return fields && { build, fields };
    });
  };
  const wanted = chain.entries.get("split");
  const split = wanted
    ? readSplit(ctx, wanted.entry, wanted.scope, chain.call)
    : { kind: "none" as const };
  const bucket = readBucket(ctx, chain.entries.get("bucket"));
  // Evaluation first: layers and their states are born there, and what differs in training draws, it does not fit.
  const evaluation = run(false, undefined);
  const training = evaluation && run(true, undefined);
  if (!evaluation || !training) return undefined;
  const owners = root.layers.filter((own) => own.tensors.size > 0);
  const fits: { states: DataUnit["fits"][number]["states"]; fit: Graph }[] = [];
  for (const owner of owners) {
    const fitted = run(false, owner);
    if (!fitted) return undefined;
    const own = new Set([...owner.tensors.values()].map((t) => t.path));
    const updates = updateOutputs(fitted.build, [root]).filter((output) => own.has(output.name));
    fits.push({
      states: tensorSpecs(root).filter((spec) => own.has(spec.path)),
      fit: withoutUnread(finishGraph(fitted.build, updates)),
    });
  }
  const derives = derivesFromOpen(ctx, evaluation.fields, columns);
  if (!split || !bucket || derives) return undefined;
  const graphs = { training: fieldGraph(training), evaluation: fieldGraph(evaluation) };
  const all = [graphs.training, graphs.evaluation, ...fits.map(({ fit }) => fit)];
  const read = new Set(all.flatMap((graph) => graph.inputs.map(inputName)));
  const used = columns.used().filter((column) => read.has(column.input));
  // Training sees a stream's windows at another place in every epoch.
  const moves = used.some(({ source }) => source.kind === "tokens" && source.rule === undefined);
  return {
    name: declaration.name.text,
    span: declaration.name.span,
    spec: {
      name: declaration.name.text,
      reader: chain.call.reader,
      arguments: chain.call.arguments,
      place: formatSpan(chain.call.span),
      columns: used,
      split,
      ...bucket,
      ...vocabulariesOf(used, columns),
    },
    fields: [...evaluation.fields].map(([name, { node, item }]) => ({
      name,
      type: node.type,
      span: item.name.span,
    })),
    ...graphs,
    augmented: moves || drawsOrDiffers(graphs),
    fits,
  };
}

/** The vocabularies that columns in use want. */
function vocabulariesOf(
  used: readonly Column[],
  columns: Columns,
): Pick<DataUnit["spec"], "vocabularies"> {
  const wanted = new Set(
    used.flatMap(({ source }) => (source.kind === "tokens" ? [source.vocabulary] : [])),
  );
  const kept = [...columns.vocabularies()].filter(([name]) => wanted.has(name));
  return kept.length === 0 ? {} : { vocabularies: Object.fromEntries(kept) };
}

interface Run {
  readonly build: Build;
  readonly fields: ReadonlyMap<string, { readonly node: Node; readonly item: Field }>;
}

function fieldGraph({ build, fields }: Run): Graph {
  const outputs = [...fields].map(([name, { node }]): Output => ({ name, role: "result", node }));
  return withoutUnread(finishGraph(build, outputs));
}

/** A name that was only asked about is no column that must be there. */
function withoutUnread(graph: Graph): Graph {
  const needed = new Set(topological(graph.outputs.map((o) => o.node)));
  return { inputs: graph.inputs.filter((node) => needed.has(node)), outputs: graph.outputs };
}

/** A field draws random numbers, or is another in training than in evaluation. */
function drawsOrDiffers({
  training,
  evaluation,
}: Pick<DataUnit, "training" | "evaluation">): boolean {
  const draws = topological(training.outputs.map((o) => o.node)).some(
    (node) => node.op === "random",
  );
  return draws || printGraph(training) !== printGraph(evaluation);
}

/** The statements in order; the fields by name, later ones hiding earlier. Undefined after reporting. */
function runItems(
  ctx: Context,
  chain: Chain,
  layer: Layer,
  columns: Columns,
): Run["fields"] | undefined {
  const fields = new Map<string, { node: Node; item: Field }>();
  const bound = new Map<string, Value>();
  let failed = false;
  for (const { item, scope: written } of chain.items) {
    const scope = columns.scope(written, bound);
    const drawing = item.kind === "field" ? `${chain.name}.${item.name.text}` : chain.name;
    withPlace(ctx, { owner: layer, repetition: 0, drawing }, () => {
      if (item.kind === "let") {
        const written = evaluate(ctx, item.value, scope);
        const value =
          item.pattern.kind === "name" ? columns.asLet(written, item.pattern.name) : written;
        const inner = bindLet(ctx, item, value, scope);
        for (const name of namesOf(item)) bound.set(name, lookup(inner, name) ?? errorValue);
        return;
      }
      const node = fieldNode(ctx, item, scope, columns);
      if (node) fields.set(item.name.text, { node, item });
      else failed = true;
      bound.set(item.name.text, node ? { kind: "tensor", node } : errorValue);
    });
  }
  return failed ? undefined : fields;
}

function namesOf(item: Let): string[] {
  const names: string[] = [];
  const visit = (pattern: Let["pattern"]): void => {
    if (pattern.kind === "name") names.push(pattern.name.text);
    else pattern.items.forEach(visit);
  };
  visit(item.pattern);
  return names;
}

/** A field's value with the declared type; without an expression the column of its name. */
function fieldNode(ctx: Context, item: Field, scope: Scope, columns: Columns): Node | undefined {
  const { type } = item;
  if (type.kind === "error") return undefined;
  if (type.kind !== "tensor") {
    report(ctx, "bad-type", type.span, {
      what: `the field \`${item.name.text}\``,
      wanted: "a shape",
    });
    return undefined;
  }
  if (type.element?.text === "string") {
    report(ctx, "not-yet", type.span, { what: "a field of strings" });
    return undefined;
  }
  const written = item.value
    ? evaluateForced(ctx, item.value, scope)
    : (columns.named(item.name.text, item.name.span) ?? errorValue);
  const span = item.value?.span ?? item.name.span;
  if (written.kind === "token-ids" && refusesOpen(ctx, item)) return undefined;
  const value = columns.asTensor(force(ctx, written, span), type.element?.text === "i32", span);
  if (value.kind === "error") return undefined;
  const what = `the field \`${item.name.text}\``;
  const fitted = assumeType(ctx, value, type, scope, span, newBindings(), what);
  if (fitted.kind === "tensor") return fitted.node;
  if (fitted.kind !== "error") {
    report(ctx, "wrong-kind", span, {
      what: `the field \`${item.name.text}\``,
      wanted: "a tensor",
      found: describeValue(fitted),
    });
  }
  return undefined;
}

/** What a declaration reads, through those it extends. */
function followChain(
  ctx: Context,
  declaration: Data,
  file: FileScope,
  readers: ReaderCatalogue,
  depth: number,
): Chain | undefined {
  const own = declaration.items.flatMap((item) =>
    item.kind === "entry" ? [] : [{ item, scope: file.scope }],
  );
  const entries = new Map(
    declaration.items.flatMap((item) =>
      item.kind === "entry" ? [[item.name.text, { entry: item, scope: file.scope }] as const] : [],
    ),
  );
  const base = baseOf(declaration.reader, file);
  if (base && base.declaration !== declaration) {
    if (depth > 32) {
      report(ctx, "recursion", declaration.name.span, { chain: declaration.name.text });
      return undefined;
    }
    const found = followChain(ctx, base.declaration, base.file, readers, depth + 1);
    return (
      found && {
        name: declaration.name.text,
        call: found.call,
        items: [...found.items, ...own],
        entries: new Map([...found.entries, ...entries]),
      }
    );
  }
  const call = readReader(ctx, declaration.reader, file.scope, readers);
  return call && { name: declaration.name.text, call, items: own, entries };
}

function baseOf(reader: Expr, file: FileScope): { declaration: Data; file: FileScope } | undefined {
  if (reader.kind !== "name") return undefined;
  const found = file.find(reader.name);
  return found?.declaration.kind === "data"
    ? { declaration: found.declaration, file: found.file }
    : undefined;
}
