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

export interface ModelView {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly shape: string }[];
  readonly layers: readonly LayerView[];
}

export interface Analysis {
  readonly id: number;
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
