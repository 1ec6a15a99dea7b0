// The threads of a session: thread 0 calls, the others are workers that run the same programs over the same memory.

import { UserError } from "../../errors.ts";
import type { Engine, TeamWorker } from "./engine.ts";
import { commandOf, control, listen } from "./layout.ts";
import { workerScript, type Answer, type LoadMessage, type OpenMessage } from "./worker-script.ts";

export interface Team {
  /** Threads, the calling one included. */
  readonly threads: number;
  /** Lets all workers make a program ready. */
  load(message: Omit<LoadMessage, "kind">): Promise<void>;
  /** Wakes the workers for a program; the caller then runs it as thread 0, within `run`. */
  run(action: number, asThreadZero: () => void): void;
  /** Throws if a worker is gone: asked in the middle of a step by thread 0, when it has waited for long. */
  readonly checkOthers: () => void;
  close(): Promise<void>;
}

interface Member {
  readonly worker: TeamWorker;
  /** Called with the answer to the message that is out, if one is. */
  answered: ((problem?: Error) => void) | undefined;
}

/** Starts the workers; all are ready when it returns. */
export async function openTeam(
  engine: Engine,
  memory: WebAssembly.Memory,
  threads: number,
): Promise<Team> {
  // Control words lie in the first page: growing the memory does not move them.
  const words = new Int32Array(memory.buffer, 0, 1024);
  const at = (address: number): number => address / 4;
  let commands = 0;
  let failure: Error | undefined;
  let isClosed = false;
  if (threads > 1) Atomics.store(words, at(control.maySleep), engine.maySleep ? 1 : 0);

  function command(action: number): void {
    commands += 1;
    Atomics.store(words, at(control.command), commandOf(commands, action));
    Atomics.notify(words, at(control.command));
  }

  /** Nobody may wait any longer for a thread that has failed. */
  function abandon(error: Error): Error {
    failure ??= error;
    Atomics.compareExchange(words, at(control.failed), 0, -1);
    Atomics.add(words, at(control.phase), 1);
    Atomics.notify(words, at(control.phase));
    return failure;
  }

  function start(thread: number): Member {
    const member: Member = {
      answered: undefined,
      worker: engine.spawn(workerScript, {
        onMessage(message) {
          const { kind, message: text } = message as Answer;
          const problem = kind === "done" ? undefined : abandon(threadError(thread, text));
          member.answered?.(problem);
        },
        onEnd(error) {
          const problem = abandon(threadEnded(thread, error));
          member.answered?.(problem);
        },
      }),
    };
    return member;
  }

  /** Sends each worker a message, after telling it that one comes, and waits for all answers. */
  async function tell(messageFor: (thread: number) => OpenMessage | LoadMessage): Promise<void> {
    if (failure) throw failure;
    command(listen);
    await Promise.all(
      members.map(
        (member, i) =>
          new Promise<void>((resolve, reject) => {
            member.worker.hold(true);
            member.answered = (problem) => {
              member.answered = undefined;
              member.worker.hold(false);
              if (problem) reject(problem);
              else resolve();
            };
            member.worker.post(messageFor(i + 1));
          }),
      ),
    );
  }

  async function close(): Promise<void> {
    isClosed = true;
    await Promise.all(members.map(({ worker }) => worker.stop()));
  }

  const members = Array.from({ length: threads - 1 }, (_, i) => start(i + 1));
  try {
    if (threads > 1) await tell((thread) => ({ kind: "open", memory, thread }));
  } catch (thrown) {
    await close();
    throw thrown;
  }

  return {
    threads,
    async load(message) {
      if (threads > 1) await tell(() => ({ kind: "load", ...message }));
    },
    run(action, asThreadZero) {
      if (isClosed) throw new Error("the session is closed");
      if (failure) throw failure;
      command(action);
      try {
        asThreadZero();
      } catch (thrown) {
        const other = Atomics.load(words, at(control.failed));
        throw abandon(other > 0 ? threadError(other, readMessage(memory)) : asError(thrown));
      }
    },
    checkOthers() {
      members.forEach(({ worker }, i) => {
        if (worker.hasEnded()) throw threadEnded(i + 1);
      });
    },
    close,
  };
}

/** Something killed a thread: the machine or an embedding program, not what it ran. */
function threadEnded(thread: number, cause?: Error): UserError {
  const why = cause ? `: ${cause.message}` : "";
  return new UserError(`thread ${thread} of the wasm device came to an unexpected end${why}`, {
    help: "one thread alone (--threads 1) gives the same results; a training goes on from its last checkpoint with --resume",
    ...(cause ? { cause } : {}),
  });
}

/** A program that fails on a thread is a mistake of the compiler. */
function threadError(thread: number, text = "no reason given"): Error {
  return new Error(`thread ${thread} of the wasm device failed: ${text}`);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function readMessage(memory: WebAssembly.Memory): string {
  const length = new DataView(memory.buffer).getInt32(control.message, true);
  // A copy: text decoders take no shared memory.
  return new TextDecoder().decode(
    new Uint8Array(memory.buffer, control.message + 4, length).slice(),
  );
}
