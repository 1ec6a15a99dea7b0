// How many threads make batches beside the steps, and what memory they take.

/** No more than so many: as for the steps' threads, a machine that others share stays of use to them. */
const most = 4;

/** What a thread takes beside the batches: its engine, what it decodes, its share of the garbage. Measured: 15 MiB for
 *  each one more, with small pictures. */
const threadBytes = 24 * 2 ** 20;

/** A decoded pixel in the course of decoding: compressed data unpacked, red, green, blue and alpha, planes. */
const bytesOfPixel = 16;

export interface LoaderNeed {
  /** Time that making batches takes, by the time that all else takes. */
  readonly ratio: number;
  /** Of the machine, for this process. */
  readonly cores: number;
  /** Threads of the steps. */
  readonly stepThreads: number;
}

/** As many threads as keep pace with the steps, but not on the steps' cores – unless the steps wait so long, whatever is
 *  done, that theirs would idle. */
export function loaderThreads({ ratio, cores, stepThreads }: LoaderNeed): number {
  const needed = Math.max(1, Math.ceil(ratio));
  const spare = needed > cores ? cores : cores - stepThreads;
  return Math.max(1, Math.min(needed, spare, most));
}

/** The most threads that `loaderThreads` can find there. */
export function mostLoaderThreads(cores: number): number {
  return Math.max(1, Math.min(cores, most));
}

/** Memory that threads take beside their slots, decoding pictures of `pixels`. */
export function bytesOfThreads(threads: number, pixels: number): number {
  return threads * (threadBytes + bytesOfPixel * pixels);
}
