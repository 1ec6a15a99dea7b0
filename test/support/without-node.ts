// Node's modules are no part of a page: a plugin of esbuild, as the build has it.

import path from "node:path";

import type { Plugin } from "esbuild";

import { repositoryRoot } from "./shared.ts";

export const withoutNode: Plugin = {
  name: "without-node",
  setup(building) {
    building.onResolve({ filter: /\/node\/(engine|gpu)\.ts$/ }, () => ({
      path: path.join(repositoryRoot, "runtime/without-node.ts"),
    }));
  },
};
