import { describe } from "vitest";

/**
 * A `describe` whose tests need something that this machine may lack. Where there is a `problem` it is
 * skipped under a name that says so; with `DLM_REQUIRE_ALL=1` it throws, which fails the file.
 */
export function describeUnless(problem: string | null, name: string, define: () => void): void {
  if (problem === null) {
    describe(name, define);
  } else if (process.env["DLM_REQUIRE_ALL"] === "1") {
    throw new Error(`${name} cannot run, and DLM_REQUIRE_ALL=1 asks for it: ${problem}`);
  } else {
    describe(name, () => void describe.skip(`skipped: ${problem}`, define));
  }
}
