// The thread that makes batches beside the training: it holds the columns and the declaration's programs, and keeps a
// few slots filled. It sleeps while all are full.

import { messageOf, UserError } from "../errors.ts";
import { createBatches, type Batches } from "./batches.ts";
import { openExamplePrograms } from "./example-programs.ts";
import {
  slotViews,
  word,
  type Answer,
  type Failure,
  type OpenMessage,
  type PassMessage,
} from "./loader-protocol.ts";
import { readStored, type ReadPicture } from "./store.ts";

export interface LoaderPort {
  listen(callback: (message: unknown) => void): void;
  send(message: Answer): void;
  readonly readPicture: ReadPicture;
}

/** Answers messages for as long as the thread lives, one after the other. */
export function serveLoader(port: LoaderPort): void {
  let opened: Promise<Opened> | undefined;
  let last: Promise<void> = Promise.resolve();
  port.listen((given) => {
    const message = given as OpenMessage | PassMessage;
    if (message.kind === "open") {
      opened = open(message, port);
      last = opened.then(
        () => port.send({ kind: "ready" }),
        (thrown: unknown) => port.send({ kind: "failed", pass: 0, failure: failureOf(thrown) }),
      );
      return;
    }
    last = last.then(async () => {
      try {
        if (opened) await fillPass(await opened, message, port);
      } catch (thrown) {
        const failure = failureOf(thrown, (await opened)?.failedRow());
        port.send({ kind: "failed", pass: message.pass, failure });
      }
    });
  });
}

interface Opened {
  readonly batches: Batches;
  readonly fields: OpenMessage["fields"];
  /** The example that the last error told of. */
  failedRow(): number | undefined;
}

async function open(message: OpenMessage, port: LoaderPort): Promise<Opened> {
  const { columns, fields } = message;
  const { session, runner } = await openExamplePrograms(message.programs);
  for (const [path, values] of message.fitted) session.write(path, values);
  const names = fields.map((field) => field.name);
  let failed: number | undefined;
  const batches = createBatches({
    dataset: {
      count: message.count,
      splits: {},
      columns,
      ...(message.rowSeed === undefined ? {} : { rowSeed: message.rowSeed }),
      read: (input, rows, into, pass) => {
        const column = columns.get(input);
        if (column === undefined) throw new Error(`the data have no column input ${input}`);
        return readStored(column, rows, into, { readPicture: port.readPicture, pass });
      },
      // Only the other thread knows files and lines.
      place: (row) => {
        failed = row;
        return "";
      },
    },
    fields,
    training: runner("training", names),
    evaluation: runner("evaluation", names),
    augmented: message.augmented,
    seed: message.seed,
    ...(message.allowMissing ? { allowMissing: true } : {}),
  });
  return { batches, fields, failedRow: () => failed };
}

async function fillPass(
  { batches, fields }: Opened,
  message: PassMessage,
  port: LoaderPort,
): Promise<void> {
  const { rows, batch, mode, epoch, thread, threads, slots } = message;
  const words = new Int32Array(message.words);
  for (let n = 0; ; n++) {
    const start = (n * threads + thread) * batch;
    if (start >= rows.length || !sleepUntilFree(words, n, slots.length)) return;
    const here = rows.subarray(start, start + batch);
    const slot = slots[n % slots.length];
    if (slot === undefined) return;
    await batches.read(here, mode, epoch, slotViews(slot, fields, batch, here.length));
    Atomics.store(words, word.filled, n + 1);
    if (Atomics.exchange(words, word.waiting, 0) === 1) {
      port.send({ kind: "filled", pass: message.pass });
    }
  }
}

/** Waits for the slot of batch `n`; false if the pass was stopped. */
function sleepUntilFree(words: Int32Array, n: number, slots: number): boolean {
  for (;;) {
    const done = Atomics.load(words, word.done);
    if (Atomics.load(words, word.stopped) === 1) return false;
    if (n - done < slots) return true;
    Atomics.wait(words, word.done, done);
  }
}

function failureOf(thrown: unknown, row?: number): Failure {
  const isUsers = thrown instanceof UserError;
  return {
    message: messageOf(thrown),
    isUsers,
    ...(isUsers && thrown.place ? { place: thrown.place } : {}),
    ...(isUsers && thrown.place === "" && row !== undefined ? { row } : {}),
    ...(isUsers && thrown.help !== undefined ? { help: thrown.help } : {}),
    ...(thrown instanceof Error && thrown.stack !== undefined ? { stack: thrown.stack } : {}),
  };
}
