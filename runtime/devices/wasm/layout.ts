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
  /** The latest command to the workers, who sleep on it; see `commandOf`. */
  command: 0,
  /** Threads that arrived at the barrier. */
  arrived: 64,
  /** Counts the barriers that were passed; threads wait for it to change. */
  phase: 128,
  /** Threads that sleep at the barrier. */
  sleepers: 192,
  /** 1 where every thread may sleep: the main thread of a browser may not. */
  maySleep: 256,
  /** The first thread that failed, -1 for thread 0; 0 while all is well. The others give up instead of waiting for it. */
  failed: 320,
  /** Length of what the failed thread tells, then its UTF-8. */
  message: 384,
} as const;

/** Most bytes of a failed thread's message. */
export const messageBytes = 512;

/** Commands are numbered, so that no two in a row are equal; the rest of the word says what to do. */
export const actions = 1024;

/** The action that sends workers back to their event loop, where a message waits. The others are programs. */
export const listen = actions - 1;

/** Word of a command. */
export function commandOf(number: number, action: number): number {
  return (number * actions + action) | 0;
}

/** Pages that hold `bytes` bytes of a session's address space, with the margins. */
export function pagesFor(bytes: number): number {
  return 1 + Math.ceil(bytes / pageBytes) + 1;
}
