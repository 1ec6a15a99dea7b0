// The language, in a worker of its own: typing never waits for it.

import { load, type LoadedFile } from "../../../compiler/api/load.ts";
import { checkSizes } from "../../../compiler/api/persistent.ts";
import { describeLayers } from "../../../compiler/api/summary.ts";
import type { ModelUnit } from "../../../compiler/elaborate/unit.ts";
import type { Diagnostic } from "../../../grammar/diagnostic.ts";
import { UserError } from "../../../runtime/errors.ts";
import type {
  Analysis,
  AnalysisRequest,
  Library,
  ModelView,
  Problem,
  ShapeHint,
} from "../protocol.ts";
import { hostOf } from "./host.ts";
import { graphOf } from "./model-graph.ts";
import { modelPath, shapeText } from "./text.ts";
import { libraryWords, ownWords } from "./words.ts";

addEventListener("message", ({ data }: MessageEvent<AnalysisRequest>) => {
  postMessage(analyse(data));
});
postMessage({ library: libraryWords() } satisfies Library);

function analyse({ id, text }: AnalysisRequest): Analysis {
  const host = hostOf(text);
  const file = load(modelPath, { host, dataHost: host });
  const found = file.checkAll();
  const units = modelsOf(file);
  return {
    id,
    words: ownWords(text),
    problems: found.map((each) => problemOf(each, text)),
    hints: hintsOf(units),
    trainings: file.unit.trainings.map(({ name, model, data }) => ({
      name,
      label: name === model ? `${model} on ${data}` : name,
    })),
    models: units.map(viewOf),
  };
}

/** Every model that can be elaborated, as its training sees it where there is one. */
function modelsOf(file: LoadedFile): readonly ModelUnit[] {
  const found: ModelUnit[] = [];
  const trained = new Set(file.unit.trainings.map(({ model }) => model));
  for (const { name } of file.unit.trainings) {
    const unit = tried(() => file.training(name).model);
    if (unit && !found.some((each) => each.name === unit.name)) found.push(unit);
  }
  for (const name of file.unit.models) {
    const unit = trained.has(name) ? undefined : tried(() => file.model(name));
    if (unit) found.push(unit);
  }
  return found;
}

/** Mistakes are among the diagnostics already. */
function tried<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof UserError) return undefined;
    throw thrown;
  }
}

function problemOf(
  { code, severity, message, label, help, span, fix }: Diagnostic,
  text: string,
): Problem {
  const isHere = span.file.path === modelPath;
  const told = label === undefined || label === "" ? message : `${message}: ${label}`;
  return {
    code,
    severity,
    message: told,
    ...(help === undefined ? {} : { help }),
    from: isHere ? Math.min(span.start, text.length) : 0,
    to: isHere ? Math.min(span.end, text.length) : 0,
    ...(fix?.span.file.path === modelPath
      ? {
          fix: {
            message: fix.message,
            from: fix.span.start,
            to: fix.span.end,
            replacement: fix.replacement,
          },
        }
      : {}),
  };
}

/** A step that several models make, or one model several times, may have several shapes: all are told. */
function hintsOf(units: readonly ModelUnit[]): readonly ShapeHint[] {
  const shapes = new Map<number, Set<string>>();
  for (const { layers } of units) {
    for (const { span, output, depth } of layers) {
      if (depth === 0 || span.file.path !== modelPath) continue;
      const known = shapes.get(span.end) ?? new Set<string>();
      shapes.set(span.end, known.add(output.map(shapeText).join(", ")));
    }
  }
  return [...shapes]
    .sort(([a], [b]) => a - b)
    .map(([at, found]) => ({
      at,
      text: [...found].slice(0, 2).join(" · ") + (found.size > 2 ? " …" : ""),
    }));
}

function viewOf(unit: ModelUnit): ModelView {
  const measured = tried(() => {
    const batch = unit.openDims[0];
    checkSizes(unit, unit.tensors, { examples: 1 }, batch);
    return describeLayers(unit, { examples: 1 }, batch).layers;
  });
  const graph = graphOf(unit);
  return {
    name: unit.name,
    ...(graph ? { graph } : {}),
    inputs: unit.inputs.map(({ name, type }) => ({ name, shape: shapeText(type) })),
    isMeasured: measured !== undefined,
    layers: unit.layers.map(({ path, block, output, depth, span }, i) => ({
      path,
      block,
      output: output.map(shapeText).join(", "),
      // Sizes that only the data know: nothing can be counted before they are opened.
      parameters: measured?.[i]?.parameters ?? 0,
      flops: measured?.[i]?.flops ?? 0,
      depth,
      ...(span.file.path === modelPath ? { at: span.start } : {}),
    })),
  };
}
