// `split = …`: which examples train, validate and test, as plain data for the runtime.

import type { Entry, Expr } from "../../grammar/ast.ts";
import { nearestName } from "../../grammar/diagnostic.ts";
import type { SplitSpec } from "../../runtime/data/spec.ts";
import { report, type Context } from "./context.ts";
import { splitWords, wordScope } from "./entries.ts";
import { evaluateForced } from "./evaluate.ts";
import type { ReaderCall } from "./reader.ts";
import { lookup, type Scope } from "./scope.ts";
import { describeValue } from "./text.ts";
import { knownInt, knownNumber, noneValue, type Value } from "./values.ts";

type EntryValue = Extract<Value, { kind: "entry" }>;

/** A scope where a column stands for its own name: `stratify = label`. */
function columnNames(outer: Scope, { info, reader }: ReaderCall): Scope {
  const names = info?.columns.map((column) => column.name) ?? [];
  const isOpen = info?.complete !== true && (reader === "csv" || reader === "tsv");
  return {
    parent: outer,
    get: (name) =>
      names.includes(name) || (isOpen && !lookup(outer, name))
        ? { kind: "string", value: name }
        : undefined,
    names: () => names,
  };
}

/** A column that a split goes by: `stratify`, `by`. Undefined after reporting. */
function columnOf(
  ctx: Context,
  name: "stratify" | "by",
  value: EntryValue,
  span: Expr["span"],
): { readonly column?: string } | undefined {
  const found = value.arguments.get(name);
  if (!found || found.kind === "none") return {};
  if (found.kind === "string") return { column: found.value };
  report(ctx, "wrong-kind", span, {
    what: `\`${name}\``,
    wanted: "the name of a column",
    found: describeValue(found),
  });
  return undefined;
}

/** `split = …` of a declaration over this reader. Undefined after reporting. */
export function readSplit(
  ctx: Context,
  entry: Entry,
  outer: Scope,
  call: ReaderCall,
): SplitSpec | undefined {
  const scope = wordScope(columnNames(outer, call), splitWords);
  const value = evaluateForced(ctx, entry.value, scope);
  const { span } = entry.value;
  if (value.kind === "error") return undefined;
  if (value.kind !== "entry") {
    report(ctx, "wrong-kind", span, {
      what: "`split`",
      wanted: "`holdout(…)`, `given(…)` or `kfold(…)`",
      found: describeValue(value),
    });
    return undefined;
  }
  const strata = columnOf(ctx, "stratify", value, span);
  const groups = columnOf(ctx, "by", value, span);
  if (!strata || !groups) return undefined;
  const stratify = strata.column;
  const by = groups.column;
  // A stream has no rows to draw from.
  const drawn =
    value.tag === "kfold" ? "`kfold`" : stratify !== undefined ? "`stratify`" : by && "`by`";
  if (call.reader === "text" && drawn !== undefined) {
    report(ctx, "bad-split", span, { what: drawn, reader: call.reader });
    return undefined;
  }
  const ways = {
    ...(stratify === undefined ? {} : { stratify }),
    ...(by === undefined ? {} : { by }),
  };
  switch (value.tag) {
    case "holdout": {
      const share = (name: string): number => knownNumber(value.arguments.get(name)) ?? -1;
      const shares = { validation: share("validation"), test: share("test") };
      for (const [name, found] of Object.entries(shares)) {
        if (found >= 0 && found < 1 && shares.validation + shares.test < 1) continue;
        report(ctx, "value-out-of-range", span, {
          what: `\`${name}\` in \`holdout\``,
          value: String(found),
          expected: "a share from 0 to below 1, leaving some to train on",
        });
        return undefined;
      }
      const shuffle = value.arguments.get("shuffle");
      if (shuffle?.kind !== "bool") {
        report(ctx, "wrong-kind", span, {
          what: "`shuffle` in `holdout`",
          wanted: "true or false",
          found: describeValue(shuffle ?? noneValue),
        });
        return undefined;
      }
      const exclusive = [...Object.keys(ways), ...(shuffle.value ? [] : ["shuffle"])];
      if (exclusive.length > 1) {
        report(ctx, "value-out-of-range", span, {
          what: `\`${exclusive[1]}\` in \`holdout\``,
          value: "given",
          expected: `left out beside \`${exclusive[0]}\``,
        });
        return undefined;
      }
      return { kind: "holdout", ...shares, ...ways, ...(shuffle.value ? {} : { inOrder: true }) };
    }
    case "kfold": {
      const k = knownInt(value.arguments.get("k"));
      if (k === undefined || k < 2) {
        report(ctx, "value-out-of-range", span, {
          what: "`k` in `kfold`",
          value: String(k ?? "unknown"),
          expected: "2 or more",
        });
        return undefined;
      }
      return { kind: "kfold", k, ...(stratify === undefined ? {} : { stratify }) };
    }
    case "given": {
      const parts: Record<string, string> = {};
      const allowed = ["train", "validation", "test"];
      for (const [name, part] of value.arguments) {
        if (!allowed.includes(name)) {
          const near = nearestName(name, allowed);
          report(
            ctx,
            "unknown-split",
            span,
            { name },
            near === undefined ? {} : { help: `is \`${near}\` meant?` },
          );
          return undefined;
        }
        if (part.kind !== "string") {
          report(ctx, "wrong-kind", span, {
            what: `\`${name}\` in \`given\``,
            wanted: "a name in quotes",
            found: describeValue(part),
          });
          return undefined;
        }
        parts[name] = part.value;
      }
      return { kind: "given", parts };
    }
    default:
      return undefined;
  }
}
