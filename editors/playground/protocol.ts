// What the page and its two workers tell each other: plain data, offsets in UTF-16 units of the model's text.

import type { TrainingEvent } from "../../runtime/train/events.ts";

// ---- analysis

export interface AnalysisRequest {
  readonly id: number;
  readonly text: string;
}

export interface Problem {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly help?: string;
  readonly from: number;
  readonly to: number;
  readonly fix?: {
    readonly message: string;
    readonly from: number;
    readonly to: number;
    readonly replacement: string;
  };
}

/** A shape, told behind the step of a pipeline that makes it. */
export interface ShapeHint {
  readonly at: number;
  readonly text: string;
}

export interface LayerView {
  readonly path: string;
  readonly block: string;
  readonly output: string;
  readonly parameters: number;
  readonly flops: number;
  readonly depth: number;
  /** Where it is written, if in this file. */
  readonly at?: number;
}

/** The model's outermost layers, and what lies between them, as boxes and arrows. */
export interface GraphView {
  readonly boxes: readonly {
    readonly id: string;
    readonly kind: "input" | "layer" | "operation" | "output";
    readonly label: string;
    readonly shape: string;
    readonly at?: number;
  }[];
  readonly arrows: readonly { readonly from: string; readonly to: string }[];
}

export interface ModelView {
  readonly name: string;
  /** Absent where it is too large to be read. */
  readonly graph?: GraphView;
  readonly inputs: readonly { readonly name: string; readonly shape: string }[];
  /** False where sizes hang on the data: parameters and operations are not known then. */
  readonly isMeasured: boolean;
  readonly layers: readonly LayerView[];
}

/** A name that may be used, with the head of its declaration. */
export interface Word {
  readonly name: string;
  readonly head: string;
  readonly doc?: string;
}

/** Comes once, when the worker has read the library. */
export interface Library {
  readonly library: readonly Word[];
}

export interface Analysis {
  readonly id: number;
  /** Blocks and models that the text declares. */
  readonly words: readonly Word[];
  readonly problems: readonly Problem[];
  readonly hints: readonly ShapeHint[];
  readonly trainings: readonly { readonly name: string; readonly label: string }[];
  readonly models: readonly ModelView[];
}

// ---- training

export type Device = "auto" | "wasm" | "webgpu" | "js";

export type TrainingRequest =
  | {
      readonly kind: "train";
      readonly text: string;
      readonly training: string;
      readonly device: Device;
    }
  | { readonly kind: "stop" }
  /** Goes on from where `stop` left off. */
  | { readonly kind: "resume" }
  /** Bytes of a picture, as the data's column holds them. */
  | { readonly kind: "predict"; readonly id: number; readonly pixels: Uint8Array };

/** A picture that a person can draw, of which the model tells the class. */
export interface PadView {
  readonly height: number;
  readonly width: number;
  readonly classes: readonly string[];
}

export type TrainingMessage =
  | { readonly kind: "events"; readonly events: readonly TrainingEvent[] }
  | { readonly kind: "ready"; readonly pad?: PadView }
  | { readonly kind: "notice"; readonly text: string }
  /** The run is over; the model stays there to be asked. */
  | { readonly kind: "done"; readonly finished: boolean }
  | { readonly kind: "failed"; readonly message: string; readonly help?: string }
  | { readonly kind: "prediction"; readonly id: number; readonly probabilities: Float32Array };
