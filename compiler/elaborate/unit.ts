// What elaboration gives: models, data declarations and trainings as graphs and plain data. Dimensions may be open
// (`batch`, what the data leave open); `specialize` puts numbers in.

import type { LossScale } from "../autodiff/loss-scale.ts";
import type { Span } from "../../grammar/source.ts";
import type { Dim } from "../ir/dim.ts";
import type { DType } from "../../runtime/types.ts";
import type { DataSpec } from "../../runtime/data/spec.ts";
import type { DecodeSettings } from "./decode-entries.ts";
import type { Graph, InputRole, Origin, TensorType } from "../ir/graph.ts";

/** A persistent tensor: a parameter or a state of any kind. */
export interface TensorSpec {
  readonly path: string;
  readonly role: Exclude<InputRole, "field" | "scalar">;
  readonly type: TensorType;
  /** One output named `value`: the initial value, drawn with `$seed`. Evaluated by the reference on the CPU. */
  readonly initial: Graph;
  readonly origin: Origin;
}

/** A layer, for `summary`: in order of birth. */
export interface LayerInfo {
  readonly path: string;
  readonly block: string; // the block's name, `dense`
  readonly output: readonly TensorType[]; // of its last application
  readonly parameters: readonly string[]; // paths of its own parameters, without those of layers inside
  readonly span: Span;
  readonly depth: number; // 0 for the model itself
}

export interface ModelUnit {
  readonly name: string;
  readonly span: Span;
  /** Open dimensions that a caller chooses, `batch` first where there is one. */
  readonly openDims: readonly string[];
  readonly inputs: readonly { readonly name: string; readonly type: TensorType }[];
  readonly outputs: readonly { readonly name: string; readonly type: TensorType }[];
  readonly tensors: readonly TensorSpec[]; // parameters and states, in order of birth
  readonly layers: readonly LayerInfo[];
  /** Outputs: one `result` each; in training also `update`s of states. Inputs: fields, scalars, parameters, states. */
  readonly training: Graph;
  readonly evaluation: Graph;
}

/** How gradients are changed before the optimizer sees them. */
export type Clip = { readonly kind: "norm" | "value"; readonly limit: number };

export interface PhaseUnit {
  readonly name: string; // "" where no phases are written
  readonly epochs: number;
  readonly batch: number | "all";
  readonly clip?: Clip;
  readonly accumulate: number;
  /** By parameter path: the optimizer's step, or `none` where the parameter is frozen. */
  readonly optimizers: ReadonlyMap<string, OptimizerUnit | "none">;
  /** Mixed precision: the step is computed in f16 where that is enough, from a scaled loss with these states. */
  readonly lossScale?: LossScale & { readonly states: readonly TensorSpec[] };
  /** The rate by step, when the optimizer of the first trained parameter has an `lr`; inputs `$step $steps $epoch`,
   *  output `lr`. For the log. */
  readonly rate?: Graph;
}

/** One optimizer block applied to one parameter. */
export interface OptimizerUnit {
  /** Inputs: `w` and `g` (role field), scalars, the block's states (role optimizer, path `optimizer.<parameter>.<state>`).
   *  Outputs: `update` with the parameter's path, `update`s of the states. */
  readonly step: Graph;
  readonly states: readonly TensorSpec[];
  readonly span: Span;
}

/** The average of one parameter or state. */
export interface AverageUnit {
  /** Inputs: `w` and `average` (role field), the block's states. Outputs: `update`s of the average and of the states. */
  readonly step: Graph;
  /** The average itself, which starts as the parameter does, and the block's states; role optimizer. */
  readonly states: readonly TensorSpec[];
}

/** Tensors out of a safetensors file. */
export interface WeightsUnit {
  readonly file: string;
  readonly span: Span;
  readonly tensors: readonly {
    readonly path: string;
    /** The path as the file's author and messages know it. */
    readonly shown: string;
    /** In the file. */
    readonly name: string;
    /** For each axis, its place among those of the file's tensor; as they stand where absent. */
    readonly axes?: readonly number[];
  }[];
  /** How many parameters and states keep their initial values. */
  readonly fresh: number;
}

/** A second, fixed model. Its tensors have the role `frozen` and come from a file, never from their initial values. */
export interface FrozenUnit {
  readonly name: string;
  readonly model: string;
  readonly tensors: readonly TensorSpec[];
  readonly weights: WeightsUnit;
}

export interface MetricUnit {
  readonly name: string;
  /** Has states: its value after the last batch counts. Otherwise values are averaged over the examples. */
  readonly stateful: boolean;
  /** Reads what a decoding generates: worked out in evaluation passes alone. */
  readonly decodes: boolean;
}

/** `best = lowest(validation.loss)`. */
export interface BestUnit {
  readonly direction: "lowest" | "highest";
  readonly split: "train" | "validation";
  readonly metric: string;
}

/** How the trained model of a sequence generates. */
export interface DecodeUnit extends DecodeSettings {
  readonly name: string;
  readonly span: Span;
  /** The model's input that grows, i32 [batch, time]. */
  readonly grows: string;
  /** The model's other inputs, with the batch. */
  readonly inputs: readonly { readonly name: string; readonly type: TensorType }[];
  /** A name among the vocabularies of the training's data. */
  readonly vocabulary: string;
  /** The longest prefix: as written, else as long as the field is in training. */
  readonly longest: Dim;
  /**
   * The model in evaluation mode on prefixes of `length` tokens; inputs: `grows` i32 [batch, length], the others.
   * Outputs: `next` f32 [batch, length, vocabulary], and `last` [batch, vocabulary], what it holds at the last place.
   * Made anew for every length, as a body may look at it. Undefined after reporting.
   */
  graph(length: Dim): Graph | undefined;
}

export interface TrainingUnit {
  readonly name: string;
  readonly span: Span;
  readonly model: ModelUnit;
  readonly data: DataUnit;
  /** Name of the dimension that counts the examples of a batch. */
  readonly batchDim: string;
  /** Training mode. Outputs: results of the model, `loss`, metrics, updates of the model's and the metrics' states. */
  readonly step: Graph;
  /** Evaluation mode: results, `loss`, metrics, updates of the metrics' states alone. */
  readonly evaluate: Graph;
  readonly metrics: readonly MetricUnit[];
  readonly metricStates: readonly TensorSpec[];
  /** What the file declares to generate with this model. Of the program `evaluate`, the input `decode:<name>`, i32
   *  [batch, limit], wants what it generates for the batch: ids, the end token among them, then padding. */
  readonly decodes: readonly DecodeUnit[];
  /** Where parts of the model have losses of their own: the output (role `loss`) that each parameter follows. `loss`
   *  itself is their sum then. */
  readonly losses?: ReadonlyMap<string, string>;
  readonly phases: readonly PhaseUnit[];
  /** Where the parameters and states start, instead of their initial values. */
  readonly start?: WeightsUnit;
  readonly frozen: readonly FrozenUnit[];
  readonly seed: number;
  /** By path of the parameter or state that evaluation reads the average for. */
  readonly averages?: ReadonlyMap<string, AverageUnit>;
  readonly best?: BestUnit;
  readonly patience?: number;
  /** Written settings of the training, for the manifest: printed values by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A data declaration. Graphs work on one example; the runtime runs them for each example of a batch. */
export interface DataUnit {
  readonly name: string;
  readonly span: Span;
  /** Reader, columns that are read, splits: what the runtime needs to open the data. */
  readonly spec: DataSpec;
  readonly fields: readonly {
    readonly name: string;
    readonly type: TensorType;
    readonly span: Span;
  }[];
  /** Inputs: columns (role field, names of `spec.columns`), scalars, fitted states. Outputs: a `result` a field. */
  readonly training: Graph; // augmentation on
  readonly evaluation: Graph;
  /** A field differs between the two graphs or draws random numbers: it cannot be cached. */
  readonly augmented: boolean;
  /** Fitted on the training split, one pass a group in this order. Outputs of `fit`: `update`s of that group's states. */
  readonly fits: readonly { readonly states: readonly TensorSpec[]; readonly fit: Graph }[];
}

/** A declaration's element type in data: strings exist there only, as codes of a dictionary. */
export type ColumnType = DType | "string";

/** Everything a checked and elaborated file offers. */
export interface ProgramUnit {
  readonly models: readonly string[];
  readonly data: readonly string[];
  readonly trainings: readonly {
    readonly name: string;
    readonly model: string;
    readonly data: string;
  }[];
  /** With the training of each, as it is named in the declaration. */
  readonly decodes: readonly { readonly name: string; readonly training: string }[];
}
