// Counts what ran, and prints one line a family when its tests are done.

import { afterAll } from "vitest";

export interface Tally {
  ran(): void;
}

/** A counter whose line is printed after the tests of the file: cases run, cases in the manifest, cases left out. */
export function tally(family: string, total: number, leftOut: number): Tally {
  const counts = { ran: 0 };
  afterAll(() => {
    process.stdout.write(
      `oracle ${family}: ${counts.ran} of ${total} cases agree with PyTorch, ${leftOut} left out\n`,
    );
  });
  return {
    ran() {
      counts.ran += 1;
    },
  };
}
