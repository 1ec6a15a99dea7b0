// The `decode` declarations of a module: their programs, and what the runtime needs to drive them.

import type { Program } from "../../runtime/artifact.ts";
import { rowsOf } from "../../runtime/decode/rule.ts";
import { UserError } from "../../runtime/errors.ts";
import type { WriterSource } from "../../runtime/module/writer.ts";
import { formatSpan } from "../../grammar/source.ts";
import { ruleOf } from "../api/decode.ts";
import type { Programs } from "../api/programs.ts";
import { sourceColumns, startOf } from "../api/prompt.ts";
import { keptGraphs, lastOf } from "../api/scorer.ts";
import type { DecodeUnit, TrainingUnit } from "../elaborate/unit.ts";
import { substitute } from "../ir/dim.ts";
import type { ModuleData } from "./data.ts";

/** Without kept states every length is a program of its own: so many at most. */
const mostLengths = 64;

export function describeWriter(
  unit: DecodeUnit,
  training: TrainingUnit,
  data: ModuleData,
): WriterSource {
  const vocabulary = data.vocabularies.get(unit.vocabulary);
  if (!vocabulary) throw new Error(`the data have no vocabulary ${unit.vocabulary}`);
  const rule = ruleOf(unit, vocabulary);
  const window = Number(substitute(unit.longest, new Map(Object.entries(data.dims))));
  const [source] = unit.inputs.length === 0 ? [] : sourceColumns(unit, training.data);
  const keeps = !("refusal" in graphsOf(unit, training, data, window, rowsOf(rule)));
  if (!keeps && window > mostLengths) {
    throw new UserError(
      `\`${unit.name}\` would need a program for each of ${window} lengths: its model keeps nothing from token to token`,
      {
        place: formatSpan(unit.span),
        help: "`dlmc generate` says why; a shorter `window` or --model, without decoding, compiles",
      },
    );
  }
  return {
    name: unit.name,
    grows: unit.grows,
    window,
    rule,
    vocabulary: unit.vocabulary,
    start: startOf(unit, training.data),
    ...(source
      ? {
          source: {
            column: source.source.name,
            fields: unit.inputs.map(({ name }) => name),
          },
        }
      : {}),
    keeps,
  };
}

/** The programs of a declaration for one device. */
export function writerPrograms(
  unit: DecodeUnit,
  { rule, window, keeps }: WriterSource,
  training: TrainingUnit,
  data: ModuleData,
  programs: Programs,
): Program[] {
  const rows = rowsOf(rule);
  const kept = graphsOf(unit, training, data, window, rows);
  if (!keeps || "refusal" in kept) {
    return Array.from({ length: window }, (_, i) =>
      programs.other(`decode ${unit.name} ${i + 1}@${rows}`, () => lastOf(unit, i + 1), rows),
    );
  }
  const { begin, step, reorder, states } = kept;
  const verbs = { begin, step, ...(rows === 1 ? {} : { reorder }) };
  return Object.entries(verbs).map(([verb, graph]) =>
    programs.other(`${verb} ${unit.name}@${rows}`, () => graph, rows, states),
  );
}

function graphsOf(
  unit: DecodeUnit,
  { batchDim }: TrainingUnit,
  { dims }: ModuleData,
  window: number,
  rows: number,
): ReturnType<typeof keptGraphs> {
  return keptGraphs(unit, { rows, window, dims, batchDim });
}
