// Batches made by other threads while this one trains: it takes them from slots in the order of the pass.

import { UserError } from "../errors.ts";
import type { WorkerEvents, WorkerHandle } from "../worker.ts";
import type { FieldSpec, Mode } from "./batches.ts";
import {
  slotBytes,
  slotViews,
  word,
  wordsBytes,
  type Answer,
  type Failure,
  type OpenMessage,
  type PassMessage,
} from "./loader-protocol.ts";
import { shareColumn } from "./store.ts";
import type { Batch } from "../train/plan.ts";

export interface LoaderOptions extends Omit<OpenMessage, "kind"> {
  /** Starts a thread that runs `serveLoader`. */
  readonly start: (events: WorkerEvents) => WorkerHandle;
  readonly threads: number;
  /** Where an example stands, for errors. */
  readonly place: (row: number) => string;
}

export interface Loader {
  /** Whether all threads are up. */
  readonly isReady: boolean;
  /** Whether a pass is under way: another one would have to wait for its end. */
  readonly isBusy: boolean;
  /** Settles once they are, or cannot be. */
  readonly ready: Promise<void>;
  /** Batches of the given rows, in order; each is valid until the next one is asked for. */
  pass(rows: Int32Array, options: PassOptions): AsyncGenerator<Batch>;
  close(): Promise<void>;
}

export interface PassOptions {
  readonly batch: number;
  readonly mode: Mode;
  readonly epoch: number;
}

/** Slots of each thread: one that is read, the others made ahead. */
export function slotsOf(threads: number): number {
  return threads === 1 ? 3 : 2;
}

/** Bytes of all slots for batches of `batch` examples. */
export function bytesOfSlots(fields: readonly FieldSpec[], batch: number, threads: number): number {
  return threads * slotsOf(threads) * slotBytes(fields, batch);
}

interface Member {
  readonly worker: WorkerHandle;
  /** Called at every answer and when the thread ends. */
  wake: (() => void) | undefined;
  isReady: boolean;
  failure: { readonly pass: number; readonly error: Error } | undefined;
  slots: readonly SharedArrayBuffer[];
}

export function openLoader(options: LoaderOptions): Loader {
  const { start, threads, place, ...open } = options;
  const { fields } = open;
  let passes = 0;
  let isBusy = false;
  let isClosed = false;
  const columns = new Map(
    [...open.columns].map(([name, column]) => [name, shareColumn(column)] as const),
  );

  function startMember(): Member {
    const member: Member = {
      worker: start({
        onMessage: (given) => {
          const answer = given as Answer;
          if (answer.kind === "ready") member.isReady = true;
          if (answer.kind === "failed") {
            member.failure = { pass: answer.pass, error: errorOf(answer.failure, place) };
          }
          member.wake?.();
        },
        onEnd: (error) => {
          if (member.failure?.pass !== 0) member.failure = { pass: 0, error: endedError(error) };
          member.wake?.();
        },
      }),
      wake: undefined,
      isReady: false,
      failure: undefined,
      slots: [],
    };
    member.worker.post({ kind: "open", ...open, columns } satisfies OpenMessage);
    return member;
  }

  /** Sleeps until the thread tells something new. What it told before is in `isSettled`. */
  async function settle(member: Member, pass: number, isSettled: () => boolean): Promise<void> {
    member.worker.hold(true);
    try {
      while (!isSettled()) {
        const { failure } = member;
        // A failure of no pass in particular is one of the thread itself.
        if (failure && (failure.pass === pass || failure.pass === 0)) throw failure.error;
        await new Promise<void>((resolve) => (member.wake = resolve));
      }
    } finally {
      member.wake = undefined;
      member.worker.hold(false);
    }
  }

  const members = Array.from({ length: threads }, startMember);
  const ready = Promise.all(members.map((member) => settle(member, 0, () => member.isReady))).then(
    () => undefined,
  );
  ready.catch(() => undefined); // told to whoever waits for it, or asks for a batch

  return {
    get isReady() {
      return members.every((member) => member.isReady);
    },
    get isBusy() {
      return isBusy;
    },
    ready,
    async *pass(rows, { batch, mode, epoch }) {
      const pass = ++passes;
      isBusy = true;
      const size = slotBytes(fields, batch);
      const words = members.map((member, thread) => {
        if (member.slots[0]?.byteLength !== size) {
          member.slots = Array.from(
            { length: slotsOf(threads) },
            () => new SharedArrayBuffer(size),
          );
        }
        const own = new Int32Array(new SharedArrayBuffer(wordsBytes));
        const message: PassMessage = {
          kind: "pass",
          pass,
          rows,
          batch,
          mode,
          epoch,
          thread,
          threads,
          slots: member.slots,
          words: own.buffer,
        };
        member.worker.post(message);
        return own;
      });
      try {
        for (let n = 0; n * batch < rows.length; n++) {
          if (isClosed) throw new Error("the data are closed");
          const member = members[n % threads];
          const own = words[n % threads];
          if (member === undefined || own === undefined) return;
          const index = Math.floor(n / threads);
          if (Atomics.load(own, word.filled) <= index) {
            await settle(member, pass, () => {
              Atomics.store(own, word.waiting, 1);
              return Atomics.load(own, word.filled) > index;
            });
          }
          const slot = member.slots[index % member.slots.length];
          if (slot === undefined) return;
          const count = Math.min(batch, rows.length - n * batch);
          yield { size: count, inputs: slotViews(slot, fields, batch, count) };
          Atomics.store(own, word.done, index + 1);
          Atomics.notify(own, word.done);
        }
      } finally {
        isBusy = false;
        for (const own of words) {
          Atomics.store(own, word.stopped, 1);
          Atomics.add(own, word.done, 1);
          Atomics.notify(own, word.done);
        }
      }
    },
    async close() {
      isClosed = true;
      await Promise.all(members.map(({ worker }) => worker.stop()));
    },
  };
}

function endedError(cause: Error): UserError {
  return new UserError(`a thread that makes batches came to an unexpected end: ${cause.message}`, {
    help: "other work may have taken the memory: a training goes on from its last checkpoint with --resume",
    cause,
  });
}

function errorOf(failure: Failure, placeOf: (row: number) => string): Error {
  const { message, row, help, stack } = failure;
  if (!failure.isUsers) {
    const error = new Error(message);
    if (stack !== undefined) error.stack = stack;
    return error;
  }
  const place = row === undefined ? failure.place : placeOf(row);
  return new UserError(message, {
    ...(place === undefined ? {} : { place }),
    ...(help === undefined ? {} : { help }),
  });
}
