// What Vite makes of imports that are no modules, and the words that its configuration puts in.

declare module "*?raw" {
  const text: string;
  export default text;
}
declare module "*.css";

declare const dlmReservedWords: readonly string[];
declare const dlmContextualWords: readonly string[];
declare const dlmHighlightRules: readonly import("../../grammar/highlight/rules.ts").HighlightRule[];
