// Batches of a data declaration for the training loop: made here as long as that is quick, else by threads beside it.

import type { DataHost } from "../host.ts";
import type { Streams } from "../train/events.ts";
import type { Batch, BatchSource } from "../train/plan.ts";
import type { TypedArray } from "../types.ts";
import { bytesOfBatches, createBatches, type Batches, type FieldSpec } from "./batches.ts";
import { bytesOfPrograms, type ExamplePrograms, type ExampleSession } from "./example-programs.ts";
import { bytesOfSlots, openLoader, type Loader } from "./loader.ts";
import { bytesOfThreads, loaderThreads, mostLoaderThreads } from "./loader-threads.ts";
import { bytesOfPaths } from "./path-list.ts";
import { createLengthRules } from "./lengths.ts";
import type { Dataset } from "./open.ts";

export interface SourceOptions {
  readonly dataset: Dataset;
  readonly fields: readonly FieldSpec[];
  readonly augmented: boolean;
  readonly seed: number;
  /** A NaN is given as it is. */
  readonly allowMissing?: boolean;
  readonly programs: ExamplePrograms;
  /** The same programs, loaded in this thread, with their fitted states. */
  readonly session: ExampleSession;
  readonly fitted: ReadonlyMap<string, TypedArray>;
  readonly start: DataHost["startLoader"];
  /** When threads make the batches: `auto` decides by the time that it takes. */
  readonly beside: "auto" | "always" | "never";
  readonly cores: number;
  /** Threads that run the steps, asked for when batches are. */
  readonly stepThreads: () => number;
  /** So many threads, in place of as many as are worth it. */
  readonly loaders?: number;
}

export interface Source extends BatchSource {
  /** Fields of the given rows of the table, made in place. */
  readonly read: Batches["read"];
  plannedBytes(batch: number): number;
  /** Undefined where all data are in memory. */
  streams(batch: number): Streams | undefined;
  close(): Promise<void>;
}

/** Making batches here goes on until it has taken so many milliseconds … */
const leastTime = 50;
/** … and this share of the time since the first batch. */
const leastShare = 0.02;

/** Open lengths are rounded up to a multiple of this where the declaration names no other. */
const defaultBucket = 8;

export function createSource(options: SourceOptions): Source {
  const { dataset, fields, augmented, seed, programs, session, start } = options;
  const allowMissing = options.allowMissing ? { allowMissing: true } : {};
  const names = fields.map((field) => field.name);
  const batches = createBatches({
    dataset,
    fields,
    training: session.runner("training", names),
    evaluation: session.runner("evaluation", names),
    augmented,
    seed,
    ...allowMissing,
  });
  const rules = createLengthRules(dataset.columns, fields, dataset.spec.bucket ?? defaultBucket);
  const mayStart = start !== undefined && options.beside !== "never";
  /** No more can be started: memory is planned for them. */
  const most = options.loaders ?? mostLoaderThreads(options.cores);
  let loader: Loader | undefined;
  let first: number | undefined;
  let spent = 0;

  /** Threads, if they are worth it and up. */
  async function worthwhile(): Promise<Loader | undefined> {
    if (!mayStart) return undefined;
    if (loader === undefined) {
      const elapsed = first === undefined ? 0 : performance.now() - first;
      const ratio = spent / Math.max(1, elapsed - spent);
      const isSlow = spent > leastTime && spent > leastShare * elapsed;
      if (!isSlow && options.beside !== "always") return undefined;
      loader = openLoader({
        start,
        threads:
          options.loaders ??
          loaderThreads({ ratio, cores: options.cores, stepThreads: options.stepThreads() }),
        fields,
        augmented,
        seed,
        programs,
        ...allowMissing,
        count: dataset.count,
        ...(dataset.rowSeed === undefined ? {} : { rowSeed: dataset.rowSeed }),
        columns: dataset.columns,
        fitted: options.fitted,
        place: (row) => dataset.place(row),
      });
      if (options.beside === "always") await loader.ready;
    }
    return loader.isReady && !loader.isBusy ? loader : undefined;
  }

  return {
    counts: Object.fromEntries(
      Object.entries(dataset.splits).map(([name, split]) => [name, split.count]),
    ),
    async *batches(split, { epoch, batch, from, training, inOrder }): AsyncGenerator<Batch> {
      const drawn = training
        ? batches.order(split, epoch)
        : (dataset.splits[split]?.rows ?? new Int32Array(0));
      const own = inOrder ? undefined : rules;
      const rows = own?.arrange(drawn, batch, training ? { seed, epoch } : undefined) ?? drawn;
      const finish = (at: number, { size, inputs }: Batch): Batch => {
        if (!own) return { size, inputs };
        const lengths = own.lengthsOf(rows.subarray(at, at + size));
        return { size, inputs: own.cut(inputs, size, lengths), lengths };
      };
      const mode = training ? "training" : "evaluation";
      for (let at = from * batch; at < rows.length; at += batch) {
        const found = await worthwhile();
        if (found !== undefined) {
          let next = at;
          for await (const made of found.pass(rows.slice(at), { batch, mode, epoch })) {
            yield finish(next, made);
            next += made.size;
          }
          return;
        }
        const began = performance.now();
        first ??= began;
        const here = rows.subarray(at, at + batch);
        const inputs = await batches.read(here, mode, epoch);
        spent += performance.now() - began;
        yield finish(at, { size: here.length, inputs });
      }
    },
    read: (rows, mode, epoch) => batches.read(rows, mode, epoch),
    plannedBytes(batch) {
      const own = bytesOfPrograms(programs) + bytesOfBatches(options, batch);
      return own + (mayStart ? bytesOfSlots(fields, batch, most) : 0);
    },
    streams(batch) {
      const pictures = [...dataset.columns.values()].flatMap(({ store }) =>
        store.kind === "pictures" ? [store] : [],
      );
      const [first] = pictures;
      if (first === undefined) return undefined;
      const threads = mayStart ? most : 0;
      const own = bytesOfBatches(options, batch) + threads * bytesOfBatches(options, 0);
      const buffer = own + bytesOfSlots(fields, batch, most);
      return {
        files: dataset.count,
        buffer_bytes: buffer,
        threads,
        bound_bytes:
          buffer + bytesOfPaths(first.paths) + bytesOfThreads(Math.max(1, threads), first.pixels),
      };
    },
    close: async () => loader?.close(),
  };
}
