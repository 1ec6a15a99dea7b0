/**
 * Runs every check of the project, as `npm test`: formatting, types, lint and all vitest projects.
 * A stage that fails does not keep the others from running. The last line is `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const scratch = mkdtempSync(path.join(os.tmpdir(), "dlm-test-"));

/**
 * Each stage is a program of node_modules; `limit` in minutes ends one that hangs. Those of a row run side by side: tests
 * on a GPU and in a browser run one file at a time, so that each leaves a core to the other.
 */
const rows = [
  [
    { name: "format", script: "prettier/bin/prettier.cjs", args: ["--check", "."], limit: 3 },
    {
      name: "dlm",
      script: "tsx/dist/cli.mjs",
      args: ["compiler/cli/main.ts", "fmt", "--check", "stdlib", "examples"],
      limit: 3,
    },
    { name: "types", script: "typescript/bin/tsc", args: ["-p", "tsconfig.json"], limit: 3 },
    { name: "lint", script: "oxlint/bin/oxlint", args: ["--deny-warnings"], limit: 3 },
  ],
  [tests("tests", ["unit", "oracle", "examples"], 15)],
  [tests("webgpu", ["webgpu"], 8), tests("browser", ["browser"], 8)],
];

const results = [];
try {
  for (const row of rows) results.push(...(await Promise.all(row.map(runStage))));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log("\n== summary");
for (const { name, seconds, passed, failed, skipped, problem } of results) {
  const notes = [
    `${passed} passed`,
    `${failed} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${seconds.toFixed(1)} s`,
    ...(problem === null ? [] : [problem]),
  ];
  console.log(`${name.padEnd(8)}${notes.join(", ")}`);
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);

/** A stage of vitest projects. */
function tests(name, projects, limit) {
  const report = path.join(scratch, `${name}.json`);
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const chosen = projects.map((project) => `--project=${project}`);
  const count = (problem) => countTests(report, problem);
  return { name, script: "vitest/vitest.mjs", args: [...args, ...chosen], limit, count };
}

async function runStage(stage) {
  console.log(`\n== ${stage.name}`);
  const start = Date.now();
  const problem = await run(stage);
  const count = stage.count ?? countStage;
  const seconds = (Date.now() - start) / 1000;
  return { name: stage.name, seconds, problem, ...count(problem) };
}

/** Runs a stage's program; gives null, or why it is not in order. */
function run({ script, args, limit }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(root, "node_modules", script), ...args], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      timeout: limit * 60_000,
      killSignal: "SIGKILL",
    });
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => {
      if (signal !== null) resolve(`ended by ${signal}; the limit is ${limit} min`);
      else resolve(code === 0 ? null : `exit ${code}`);
    });
  });
}

/** A stage without tests of its own counts as one. */
function countStage(problem) {
  return problem === null
    ? { passed: 1, failed: 0, skipped: 0 }
    : { passed: 0, failed: 1, skipped: 0 };
}

/** Counts from vitest's report. What failed outside a test (a file that does not load) counts as one. */
function countTests(report, problem) {
  let json;
  try {
    json = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return countStage(problem ?? "no report"); // vitest ended before it wrote one
  }
  const brokenFiles = json.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(isFailed),
  ).length;
  const failed = json.numFailedTests + brokenFiles;
  return {
    passed: json.numPassedTests,
    failed: failed === 0 && problem !== null ? 1 : failed,
    skipped: json.numPendingTests + json.numTodoTests,
  };
}

function isFailed(test) {
  return test.status === "failed";
}
