// Where things lie in the memory of a wasm session; generated code and the device agree on it here.
//
// Page 0 holds the words by which threads meet. It is also a margin: kernels may read a little before a tensor where
// they do not use what they get. A spare page after the end serves the same purpose.

/** Bytes of a page of WebAssembly's memory. */
export const pageBytes = 65536;

/** Byte b of the session's address space lies at this address plus b. */
export const origin = pageBytes;

/** Addresses of the control words, each on a cache line of its own. */
export const control = {
  /** Number of the command that workers carry out next; they sleep on it. */
  command: 0,
  /** What to do: see `action`. */
  action: 64,
  /** Threads that arrived at the barrier. */
  arrived: 128,
  /** Counts the barriers that were passed; threads wait for it to change. */
  phase: 192,
  /** Threads that sleep at the barrier. */
  sleepers: 256,
  /** Not 0 once a thread has failed: nobody waits for it any longer. */
  failed: 320,
} as const;

/** What a command asks of the workers. */
export const action = {
  /** Run the program whose number is in the word after `action`. */
  run: 0,
  /** Return to the event loop, where a message waits. */
  listen: 1,
} as const;

/** Pages that hold `bytes` bytes of a session's address space, with the margins. */
export function pagesFor(bytes: number): number {
  return 1 + Math.ceil(bytes / pageBytes) + 1;
}
