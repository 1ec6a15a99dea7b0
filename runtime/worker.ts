// Threads of their own, as Node and browsers both have them.

/** A worker that runs a script. */
export interface WorkerHandle {
  post(message: object): void;
  /** Whether the process stays alive for this worker's sake. */
  hold(alive: boolean): void;
  stop(): Promise<void>;
}

export interface WorkerEvents {
  readonly onMessage: (message: unknown) => void;
  /** The worker came to an end that nobody asked for. */
  readonly onEnd: (error: Error) => void;
}
