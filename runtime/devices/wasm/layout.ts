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
  /** Number of the latest command to the workers; they sleep on it. */
  command: 0,
  /** What the command is: the number of a program to run, or `listen`. */
  action: 64,
  /** Threads that arrived at the barrier. */
  arrived: 128,
  /** Counts the barriers that were passed; threads wait for it to change. */
  phase: 192,
  /** Threads that sleep at the barrier. */
  sleepers: 256,
  /** 1 where every thread may sleep: the main thread of a browser may not. */
  maySleep: 320,
  /** 1 once a thread has failed: the others give up instead of waiting for it. */
  failed: 384,
  /** Length of what the failed thread tells, then its UTF-8. */
  message: 448,
} as const;

/** Most bytes of a failed thread's message. */
export const messageBytes = 512;

/** The action that sends workers back to their event loop, where a message waits. */
export const listen = -1;

/** Pages that hold `bytes` bytes of a session's address space, with the margins. */
export function pagesFor(bytes: number): number {
  return 1 + Math.ceil(bytes / pageBytes) + 1;
}
