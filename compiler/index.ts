// The whole story of the compiler in one place: from a graph with open dimensions to a program for a device.
// Text becomes units of graphs in `check` and `elaborate`; what follows is told here, one verb a stage.

import type { Reporter } from "../grammar/diagnostic.ts";
import type {
  Code,
  Persistent,
  Program,
  WasmSettings,
  WebgpuSettings,
} from "../runtime/artifact.ts";
import { applyGradients } from "./autodiff/accumulate.ts";
import { differentiate } from "./autodiff/index.ts";
import type { LossScale } from "./autodiff/loss-scale.ts";
import { addAverages, type Average } from "./autodiff/average.ts";
import { emitJs } from "./backends/js/index.ts";
import { layOutInJs } from "./backends/js/pack.ts";
import { emitWasm, emitWat, layOutInWasm } from "./backends/wasm/index.ts";
import { emitWebgpu, emitWgsl } from "./backends/wgsl/index.ts";
import { commonSettings } from "./backends/wgsl/settings.ts";
import { emitReference } from "./backends/reference.ts";
import type { Clip, OptimizerUnit } from "./elaborate/unit.ts";
import { printGraph } from "./ir/print.ts";
import { specialize } from "./ir/specialize.ts";
import { graphNodes, type Graph, type Node } from "./ir/graph.ts";
import { openLoops } from "./ir/loops.ts";
import { infer } from "./ops/index.ts";
import { lower } from "./ops/lower.ts";
import { optimise, prepare } from "./passes/index.ts";
import { packProgram, packReferenceProgram } from "./program.ts";
import { schedule } from "./schedule/index.ts";
import { dropUnusedInputs } from "./select.ts";
import { explainPlan } from "./schedule/print.ts";
import { explainKernels } from "./schedule/print-kernels.ts";

export type Target = "js" | "reference" | "wasm" | "webgpu";

/** Stages whose value can be looked at: `--emit graph`. */
export type Stage =
  "graph" | "lowered" | "train" | "optimised" | "kernels" | "plan" | "wgsl" | "wat" | "js";

export interface CompileOptions {
  readonly name: string;
  readonly target: Target;
  /** Numbers for the open dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  readonly persistent: Persistent;
  readonly reporter: Reporter;
  /** Makes the graph a training step: gradients and updates of the parameters named here. */
  readonly training?: {
    readonly optimizers: ReadonlyMap<string, OptimizerUnit | "none">;
    readonly clip?: Clip;
    /** Several batches make a step: `sum` adds the gradients of one, of this many examples, to the states
     *  `gradient.<path>`; `apply` makes the step of them, and its graph is empty. */
    readonly accumulate?: { readonly sum: number } | "apply";
    /** The step gives the norm of its gradients, too. */
    readonly norm?: boolean;
    /** Averages of parameters and states that the step brings up to date. */
    readonly averages?: ReadonlyMap<string, Average>;
  };
  /** By parameter path: the loss that it follows, where there are several. */
  readonly losses?: ReadonlyMap<string, string>;
  /** Gives gradients as outputs `gradient:<path>` instead of updating. */
  readonly gradients?: boolean;
  /** Mixed precision: products, activations and gradients in f16, from a loss that is scaled so. */
  readonly lossScale?: LossScale;
  /** What WebAssembly is made for: one thread and nothing relaxed where absent. */
  readonly wasm?: WasmSettings;
  /** What shaders are made for: what every adapter allows where absent. */
  readonly webgpu?: WebgpuSettings;
  /** Sees the value after each stage as text. */
  readonly observe?: (stage: Stage, text: () => string) => void;
  /** Graph passes: stop after the pass of this name (`--after`). */
  readonly after?: string;
}

/** Compiles one graph; undefined if a size did not come out (the reporter tells). */
export function compile(graph: Graph, options: CompileOptions): Program | undefined {
  const observe = options.observe ?? (() => undefined);

  const specialised = specialize(graph, options.dims, infer, options.reporter);
  if (!specialised) return undefined;
  observe("graph", () => printGraph(specialised));

  const lowered = lower(specialised);
  observe("lowered", () => printGraph(lowered));

  const prepared = prepare(lowered);
  const complete = options.training || options.gradients ? withStep(prepared, options) : prepared;
  observe("train", () => printGraph(complete));

  const passed = optimise(complete, {
    ...(options.after === undefined ? {} : { after: options.after }),
    halves: options.lossScale !== undefined,
  });
  const optimised = dropUnusedInputs(passed);
  observe("optimised", () => printGraph(optimised));
  if (options.target === "reference") {
    return packReferenceProgram(options.name, optimised, emitReference(optimised));
  }

  const nested = nestedLoop(optimised);
  if (nested) {
    const what = `a \`scan\` within a \`scan\` on ${options.target} (\`--device reference\` runs it)`;
    options.reporter.report("not-yet", nested.origin.span, { what });
    return undefined;
  }
  const wasm = options.wasm ?? { threads: 1, shared: false, relaxed: false };
  const webgpu = options.webgpu ?? commonSettings;
  const plan = schedule(optimised, {
    persistent: options.persistent,
    ...(options.target === "wasm" ? { layOutContract: layOutInWasm(wasm) } : {}),
    ...(options.target === "js" ? { layOutContract: layOutInJs } : {}),
    ...(options.target === "webgpu" ? { segmentBytes: webgpu.segmentBytes } : {}),
  });
  observe("kernels", () => explainKernels(plan));
  observe("plan", () => explainPlan(plan));
  if (options.target === "webgpu") observe("wgsl", () => emitWgsl(plan, webgpu));
  if (options.target === "wasm") observe("wat", () => emitWat(plan, wasm));
  return packProgram(options.name, plan, emit());

  function emit(): Code {
    switch (options.target) {
      case "wasm":
        return emitWasm(plan, wasm);
      case "webgpu":
        return emitWebgpu(plan, webgpu);
      default: {
        const code = emitJs(plan);
        observe("js", () => ("source" in code ? String(code.source) : ""));
        return code;
      }
    }
  }
}

/** The end of a loop that stands in another one. */
function nestedLoop(graph: Graph): Node | undefined {
  const open = openLoops(graphNodes(graph));
  for (const [node, loops] of open) if (node.op === "scan_end" && loops.size > 1) return node;
  return undefined;
}

/** The training step: gradients, optimizers, and averages after them. */
function withStep(lowered: Graph, options: CompileOptions): Graph {
  const complete = withGradients(lowered, options);
  const averages = new Map<string, Average>();
  for (const [path, average] of options.training?.averages ?? []) {
    const step = specialize(average.step, options.dims, infer, options.reporter);
    if (step) averages.set(path, { ...average, step: lower(step) });
  }
  const [first] = averages.values();
  const origin = first?.step.outputs[0]?.node.origin;
  return origin ? addAverages(complete, averages, origin) : complete;
}

function withGradients(lowered: Graph, options: CompileOptions): Graph {
  const optimizers = new Map<string, { readonly step: Graph } | "none">();
  for (const [path, unit] of options.training?.optimizers ?? []) {
    if (unit === "none") {
      optimizers.set(path, "none");
      continue;
    }
    const step = specialize(unit.step, options.dims, infer, options.reporter);
    if (step) optimizers.set(path, { step: lower(step) });
  }
  const { clip, accumulate } = options.training ?? {};
  const clipping = {
    ...(clip ? { clip } : {}),
    ...(options.lossScale ? { lossScale: options.lossScale } : {}),
    norm: options.training?.norm ?? false,
  };
  if (accumulate === "apply") {
    const [unit] = [...(options.training?.optimizers.values() ?? [])].filter((o) => o !== "none");
    if (!unit) return lowered;
    return applyGradients(
      { optimizers, ...clipping },
      { span: unit.span, blocks: [], role: "update" },
    );
  }
  const complete = differentiate(lowered, {
    optimizers,
    ...clipping,
    ...(options.losses ? { losses: options.losses } : {}),
    ...(accumulate === undefined ? {} : { accumulate: accumulate.sum }),
    gradients: options.gradients ?? false,
    reporter: options.reporter,
  });
  // A result may bear the name of a parameter; in programs gradients have a name of their own.
  const outputs = complete.outputs.map((output) =>
    output.role === "gradient" ? { ...output, name: `gradient:${output.name}` } : output,
  );
  return { inputs: complete.inputs, outputs };
}
