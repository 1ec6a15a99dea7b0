// How a training goes: phases with their optimizers, batches and epochs, and which epoch's weights are kept.

import type { Entry, Expr, Train } from "../../grammar/ast.ts";
import { nearestName } from "../../grammar/diagnostic.ts";
import { typeText } from "../ir/build.ts";
import { report, type Context } from "./context.ts";
import { clipWords, wordScope } from "./entries.ts";
import { evaluateForced } from "./evaluate.ts";
import { elaborateOptimizers } from "./optimizer.ts";
import { overrideOptimizers, refusesUnused } from "./optimizer-sets.ts";
import type { Scope } from "./scope.ts";
import { describeValue } from "./text.ts";
import type { BestUnit, Clip, DataUnit, MetricUnit, PhaseUnit, TensorSpec } from "./unit.ts";
import { knownInt, knownNumber } from "./values.ts";

export type Entries = ReadonlyMap<string, Entry>;

export interface PhaseParts {
  readonly declaration: Train;
  readonly entries: Entries;
  /** Entries given from outside. */
  readonly sets: ReadonlyMap<string, Expr>;
  /** The body's scope: fields, outputs, `let`s. */
  readonly scope: Scope;
  readonly parameters: readonly TensorSpec[];
  /** Settings of optimizers, given from outside, that an optimizer had; grows. */
  readonly used: Set<string>;
}

/** The phases in order, each over what stands above; one without a name where none are written. Undefined after reporting. */
export function readPhases(
  ctx: Context,
  given: Omit<PhaseParts, "used">,
): readonly PhaseUnit[] | undefined {
  const used = new Set<string>();
  const phases = readAll(ctx, { ...given, used });
  return phases && refusesUnused(ctx, given.sets, used) ? undefined : phases;
}

function readAll(ctx: Context, parts: PhaseParts): readonly PhaseUnit[] | undefined {
  const written = parts.declaration.items.filter((item) => item.kind === "phase");
  if (written.length === 0) {
    const only = readPhase(ctx, "", parts);
    return only && [only];
  }
  const phases: PhaseUnit[] = [];
  const taken = new Map<string, string>();
  for (const phase of written) {
    const own = phase.entries.map((entry) => [entry.name.text, entry] as const);
    const name = phase.name.text;
    const over = { ...parts, entries: new Map([...parts.entries, ...own]) };
    const first = readPhase(ctx, name, over);
    // Phases share the places of their optimizers' states, but not where one path has two types.
    const clashes = first && statesOf(first).some(([p, type]) => (taken.get(p) ?? type) !== type);
    const found = clashes ? readPhase(ctx, name, over, `optimizer@${name}`) : first;
    if (!found) return undefined;
    for (const [path, type] of statesOf(found)) taken.set(path, type);
    phases.push(found);
  }
  return phases;
}

function statesOf({ optimizers }: PhaseUnit): [path: string, type: string][] {
  return [...optimizers.values()].flatMap((optimizer) =>
    optimizer === "none"
      ? []
      : optimizer.states.map(({ path, type }): [string, string] => [path, typeText(type)]),
  );
}

function readPhase(
  ctx: Context,
  name: string,
  parts: PhaseParts,
  owner = "optimizer",
): PhaseUnit | undefined {
  const { entries, sets, scope, parameters } = parts;
  const expr = sets.get("optimizer") ?? entries.get("optimizer")?.value;
  if (!expr) return undefined;
  const optimizers = elaborateOptimizers(
    ctx,
    overrideOptimizers(ctx, evaluateForced(ctx, expr, scope), sets, scope, parts.used),
    parameters,
    expr.span,
    owner,
  );
  const epochs = wholeNumber(ctx, parts, "epochs", undefined, 1);
  const accumulate = wholeNumber(ctx, parts, "accumulate", 1, 1);
  const clip = readClip(ctx, sets.get("clip") ?? entries.get("clip")?.value, scope);
  const size = sets.get("batch") ?? entries.get("batch")?.value;
  const all = size?.kind === "name" && size.name === "all";
  const batch = all ? ("all" as const) : wholeNumber(ctx, parts, "batch", 32, 1);
  if (
    !optimizers ||
    epochs === undefined ||
    batch === undefined ||
    accumulate === undefined ||
    clip === "failed"
  ) {
    return undefined;
  }
  return {
    name,
    epochs,
    batch,
    accumulate,
    optimizers: optimizers.byPath,
    ...(clip ? { clip } : {}),
    ...(optimizers.rate ? { rate: optimizers.rate } : {}),
  };
}

/** A whole entry of at least `least`; `fallback` where it is absent. Undefined after reporting. */
export function wholeNumber(
  ctx: Context,
  parts: Pick<PhaseParts, "entries" | "sets" | "scope">,
  name: string,
  fallback: number | undefined,
  least: number,
): number | undefined {
  const expr = parts.sets.get(name) ?? parts.entries.get(name)?.value;
  if (!expr) return fallback;
  const value = evaluateForced(ctx, expr, parts.scope);
  if (value.kind === "error") return undefined;
  const found = knownInt(value);
  if (found === undefined) {
    const wanted = name === "batch" ? "a whole number or `all`" : "a whole number";
    report(ctx, "wrong-kind", expr.span, {
      what: `\`${name}\``,
      wanted,
      found: describeValue(value),
    });
    return undefined;
  }
  if (found < least || found > 2 ** 31 - 1) {
    const expected = `${least} or more`;
    report(ctx, "value-out-of-range", expr.span, {
      what: `\`${name}\``,
      value: String(found),
      expected,
    });
    return undefined;
  }
  return found;
}

function readClip(ctx: Context, expr: Expr | undefined, scope: Scope): Clip | undefined | "failed" {
  if (!expr) return undefined;
  const value = evaluateForced(ctx, expr, wordScope(scope, clipWords));
  if (value.kind === "error") return "failed";
  const limit = value.kind === "entry" ? knownNumber(value.arguments.get("limit")) : undefined;
  if (
    value.kind === "entry" &&
    (value.tag === "norm" || value.tag === "value") &&
    limit !== undefined &&
    limit > 0
  ) {
    return { kind: value.tag, limit };
  }
  report(ctx, "wrong-kind", expr.span, {
    what: "`clip`",
    wanted: "`norm(limit)` or `value(limit)` with a limit above 0",
    found: describeValue(value),
  });
  return "failed";
}

/** `best = lowest(validation.loss)`. */
export function readBest(
  ctx: Context,
  { entries, sets }: Pick<PhaseParts, "entries" | "sets">,
  known: readonly Pick<MetricUnit, "name" | "decodes">[],
  data: DataUnit,
): BestUnit | undefined | "failed" {
  const expr = sets.get("best") ?? entries.get("best")?.value;
  if (!expr) {
    const patience = sets.get("patience") ?? entries.get("patience")?.value;
    if (!patience) return undefined;
    report(
      ctx,
      "patience-without-best",
      patience.span,
      {},
      {
        help: "write also, for example, `best = lowest(validation.loss)`",
      },
    );
    return "failed";
  }
  const direction = expr.kind === "call" && expr.callee.kind === "name" ? expr.callee.name : "";
  const [argument, ...more] = expr.kind === "call" ? expr.arguments : [];
  const member = argument?.value;
  const fits = (direction === "lowest" || direction === "highest") && more.length === 0;
  if (!fits || member?.kind !== "member" || member.target.kind !== "name") {
    const wanted = "`lowest(split.metric)` or `highest(split.metric)`";
    report(
      ctx,
      "wrong-kind",
      expr.span,
      { what: "`best`", wanted, found: "something else" },
      { help: "for example `best = highest(validation.accuracy)`" },
    );
    return "failed";
  }
  const split = member.target.name;
  const splits = splitsOf(data).filter((name) => name !== "test");
  if (split === "test") {
    const help = splits.includes("validation")
      ? `\`${direction}(validation.${member.name.text})\` chooses without looking at the test examples`
      : "hold out a validation split: `split = holdout(validation = 0.1)` in the data declaration";
    report(ctx, "best-on-test", member.target.span, {}, { help });
    return "failed";
  }
  if (!isSplit(split) || !splits.includes(split)) {
    const near = nearestName(split, splits);
    const there = splits.map((name) => `\`${name}\``).join(", ");
    report(
      ctx,
      "unknown-split",
      member.target.span,
      { name: split },
      { help: near === undefined ? `there are ${there}` : `is \`${near}\` meant?` },
    );
    return "failed";
  }
  const metric = member.name.text;
  const decoded = known.find(({ name, decodes }) => name === metric && decodes);
  const metrics = known.map(({ name }) => name);
  if (decoded && split === "train") {
    const help = `\`${metric}\` reads generated text, which evaluation passes alone work out: \`validation.${metric}\``;
    report(ctx, "unknown-metric", member.name.span, { name: `train.${metric}` }, { help });
    return "failed";
  }
  if (metric !== "loss" && !metrics.includes(metric)) {
    const near = nearestName(metric, ["loss", ...metrics]);
    const there = ["loss", ...metrics].map((name) => `\`${name}\``).join(", ");
    report(
      ctx,
      "unknown-metric",
      member.name.span,
      { name: metric },
      { help: near === undefined ? `there are ${there}` : `is \`${near}\` meant?` },
    );
    return "failed";
  }
  return { direction, split, metric };
}

function isSplit(name: string): name is BestUnit["split"] {
  return name === "train" || name === "validation";
}

/** Splits that the declaration makes; a reader may bring a test split of its own. */
function splitsOf({ spec: { split, reader } }: DataUnit): string[] {
  const own = ["idx", "cifar", "digits"].includes(reader) ? ["test"] : [];
  switch (split.kind) {
    case "none":
      return ["train", ...own];
    case "holdout":
      return [
        "train",
        ...(split.validation > 0 ? ["validation"] : []),
        ...(split.test > 0 ? ["test"] : own),
      ];
    case "given":
      return Object.keys(split.parts);
    case "kfold":
      return ["train", "validation", ...own];
    default:
      return split satisfies never;
  }
}
