import { requireAll } from "./require-all.ts";

/**
 * Runs a step of a global setup. Gives null, or why the step failed, having said so on standard
 * error; with `DLM_REQUIRE_ALL=1` the failure is thrown and ends the run.
 */
export async function prepare(what: string, step: () => Promise<void>): Promise<string | null> {
  try {
    await step();
    return null;
  } catch (error) {
    if (requireAll) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`${what} tests are skipped: ${reason}`);
    return reason;
  }
}
