/**
 * Runs a step of a global setup. Gives null, or why the step failed, for `describeUnless`: thrown
 * here it would end the run of all projects.
 */
export async function prepare(what: string, step: () => Promise<void>): Promise<string | null> {
  try {
    await step();
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`no ${what} for tests: ${reason}`);
    return reason;
  }
}
