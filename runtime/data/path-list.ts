// Paths of many files in two arrays that threads share: a folder of a million pictures is as many strings in every thread
// otherwise.

/** Paths one after the other as UTF-8; each ends at `ends`. */
export interface PathList {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
}

export function packPaths(paths: readonly string[]): PathList {
  const encoder = new TextEncoder();
  const ends = new Int32Array(paths.length);
  const parts = paths.map((path) => encoder.encode(path));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const [i, part] of parts.entries()) {
    bytes.set(part, at);
    at += part.length;
    ends[i] = at;
  }
  return { bytes, ends };
}

/** The path of a row; empty where there is none. */
export function pathAt({ bytes, ends }: PathList, row: number): string {
  // A copy: no decoder takes memory that threads share.
  return new TextDecoder().decode(bytes.slice(row === 0 ? 0 : ends[row - 1], ends[row] ?? 0));
}

export function bytesOfPaths({ bytes, ends }: PathList): number {
  return bytes.byteLength + ends.byteLength;
}
