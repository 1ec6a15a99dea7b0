/** Stands before a bundle for Node: CommonJS packages within it ask for Node's own modules by `require`. */
export const requireBanner =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';
