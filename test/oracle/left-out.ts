// Cases of the oracle that no test runs, each with its reason. A test fails if a case is neither run nor listed here.

/** By operation of the `ops` family. */
export const leftOutOps: Readonly<Record<string, string>> = {
  scatter_add:
    "the language has no such operation; the primitive is the gradient of gather, which gather, take and embedding check",
};

/** By operation of the `optim` family. */
export const leftOutOptim: Readonly<Record<string, string>> = {
  plateau: "a schedule that listens to a metric is not in the language, on purpose",
};
