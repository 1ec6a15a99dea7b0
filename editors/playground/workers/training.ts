// Trains in a worker, and answers what the model makes of a drawn picture while it learns and after.

import { findTarget, probabilities } from "../../../compiler/api/inspect.ts";
import { load } from "../../../compiler/api/load.ts";
import { train, type OpenedTraining, type Snapshot } from "../../../compiler/api/train.ts";
import { UserError } from "../../../runtime/errors.ts";
import type { TrainingEvent } from "../../../runtime/train/events.ts";
import type { Tensor } from "../../../runtime/types.ts";
import type { PadView, TrainingMessage, TrainingRequest } from "../protocol.ts";
import { hostOf } from "./host.ts";
import { modelPath } from "./text.ts";

type Asked = Extract<TrainingRequest, { kind: "train" }>;

/** A run and its model, which stays open after the run until another one begins. */
interface Run {
  readonly asked: Asked;
  readonly stop: AbortController;
  readonly release: () => void;
  opened?: OpenedTraining;
  snapshot?: Snapshot;
  readonly over: Promise<void>;
}

let current: Run | undefined;

const send = (message: TrainingMessage): void => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<TrainingRequest>) => {
  void answer(data).catch((thrown: unknown) => send(failure(thrown)));
});

async function answer(request: TrainingRequest): Promise<void> {
  switch (request.kind) {
    case "train":
      await begin(request);
      break;
    case "resume":
      if (current) await begin(current.asked, current.snapshot);
      break;
    case "stop":
      current?.stop.abort();
      break;
    case "predict":
      await predict(request.id, request.pixels);
      break;
  }
}

async function begin(asked: Asked, resume?: Snapshot): Promise<void> {
  const before = current;
  current = undefined;
  before?.stop.abort();
  before?.release();
  await before?.over;
  const { promise: released, resolve: release } = deferred();
  const stop = new AbortController();
  const run: Run = { asked, stop, release, over: Promise.resolve() };
  current = run;
  const over = go(run, released, resume).catch((thrown: unknown) => send(failure(thrown)));
  current = Object.assign(run, { over });
}

async function go(run: Run, released: Promise<void>, resume?: Snapshot): Promise<void> {
  const { text, training, device } = run.asked;
  const host = hostOf(text);
  const unit = load(modelPath, { host, dataHost: host }).training(training);
  const tell = batched();
  await train(unit, {
    dataHost: { ...host, cores: navigator.hardwareConcurrency },
    device,
    beside: "never",
    notice: (notice) => send({ kind: "notice", text: notice }),
    signal: run.stop.signal,
    onEvent: tell,
    save: (snapshot) => {
      run.snapshot = { ...snapshot, tensors: copyOf(snapshot.tensors) };
      return Promise.resolve("memory");
    },
    ...(resume ? { resume } : {}),
    onReady: (opened) => {
      run.opened = opened;
      const pad = padOf(opened);
      send({ kind: "ready", ...(pad ? { pad } : {}) });
    },
    onDone: async (_, { finished }) => {
      send({ kind: "done", finished });
      await released;
      delete run.opened;
    },
  });
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function copyOf(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map([...tensors].map(([path, t]) => [path, { ...t, data: t.data.slice() }]));
}

/** Steps come by thousands a second: they are told together, at most twenty times a second. */
function batched(): (event: TrainingEvent) => void {
  let waiting: TrainingEvent[] = [];
  let last = 0;
  return (event) => {
    if (event.event === "checkpoint") return;
    waiting.push(event);
    if (event.event === "step" && performance.now() - last < 50) return;
    last = performance.now();
    send({ kind: "events", events: waiting });
    waiting = [];
  };
}

/** The column that a drawing can stand for: grey pictures of bytes. */
function pictureColumn({
  data,
}: OpenedTraining): { name: string; shape: readonly number[] } | undefined {
  for (const [name, { dtype, shape }] of data.dataset.columns) {
    if (dtype === "u8" && shape.length === 3 && shape[0] === 1) return { name, shape };
  }
  return undefined;
}

function padOf(opened: OpenedTraining): PadView | undefined {
  const column = pictureColumn(opened);
  const target = findTarget(opened);
  if (!column || !target) return undefined;
  const [, height = 0, width = 0] = column.shape;
  const names = opened.data.labels.get(target.label);
  const classes = Array.from({ length: target.classes }, (_, i) => names?.[i] ?? String(i));
  return { height, width, classes };
}

async function predict(id: number, pixels: Uint8Array): Promise<void> {
  const opened = current?.opened;
  const column = opened && pictureColumn(opened);
  const target = opened && findTarget(opened);
  if (!opened || !column || !target) return;
  // The data's own declaration turns bytes into what the model reads.
  const fields = opened.data.fieldsOf({ [column.name]: pixels });
  const outputs = await opened.runner.forward(fields, 1);
  const scores = outputs[target.output];
  if (scores) send({ kind: "prediction", id, probabilities: probabilities(scores) });
}

function failure(thrown: unknown): TrainingMessage {
  if (thrown instanceof UserError) {
    return {
      kind: "failed",
      message: thrown.message,
      ...(thrown.help === undefined ? {} : { help: thrown.help }),
    };
  }
  return { kind: "failed", message: thrown instanceof Error ? thrown.message : String(thrown) };
}
