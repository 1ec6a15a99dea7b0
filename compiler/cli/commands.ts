// The commands, one row each: a file of its own behind every one.

import type { Command } from "commander";

import type { Context } from "./context.ts";

export interface CommandRow {
  readonly name: string;
  /** Words after the name, as commander writes them: `<file>`. */
  readonly usage: string;
  readonly summary: string;
  /** Loaded when the command runs: `check` should not wait for what only `train` needs. */
  readonly load: () => Promise<CommandModule>;
}

export interface CommandModule {
  /** Declares options; the handler gives the exit code. */
  define(command: Command, run: (handler: (context: Context) => Promise<number>) => void): void;
}

export const commands: readonly CommandRow[] = [
  {
    name: "check",
    usage: "<file>",
    summary: "find mistakes, down to the last shape",
    load: () => import("./check.ts"),
  },
  {
    name: "summary",
    usage: "<file>",
    summary: "layers, shapes, parameters, FLOPs, planned memory",
    load: () => import("./summary.ts"),
  },
  {
    name: "data",
    usage: "<file>",
    summary: "what a data declaration yields: splits, fields, classes, a sheet of pictures",
    load: () => import("./data.ts"),
  },
  {
    name: "train",
    usage: "<file>",
    summary: "train a model and keep its weights in a run folder",
    load: () => import("./train.ts"),
  },
  {
    name: "eval",
    usage: "<file>",
    summary: "loss and metrics of a trained model on a split",
    load: () => import("./eval.ts"),
  },
  {
    name: "predict",
    usage: "<file>",
    summary: "outputs of a trained model for the examples of a split",
    load: () => import("./predict.ts"),
  },
  {
    name: "generate",
    usage: "<file> [name]",
    summary: "text that a trained model writes: continuations, translations",
    load: () => import("./generate.ts"),
  },
  {
    name: "sweep",
    usage: "<file>",
    summary: "try a training with several values, and tell which does best",
    load: () => import("./sweep.ts"),
  },
  {
    name: "plot",
    usage: "<run...>",
    summary: "curves of runs over one another, in a page",
    load: () => import("./plot.ts"),
  },
  {
    name: "compile",
    usage: "<file>",
    summary: "write a module that programs import, or print a stage of the compiler",
    load: () => import("./compile.ts"),
  },
  {
    name: "fmt",
    usage: "<path...>",
    summary: "format files, and all .dlm files of folders",
    load: () => import("./fmt.ts"),
  },
  {
    name: "profile",
    usage: "<file>",
    summary: "where the time of a training step goes, line by line",
    load: () => import("./profile.ts"),
  },
  {
    name: "server",
    usage: "",
    summary: "the language server for editors, over standard input and output",
    load: () => import("./server.ts"),
  },
  {
    name: "devices",
    usage: "",
    summary: "what programs can run on here, with limits and features",
    load: () => import("./devices.ts"),
  },
];
