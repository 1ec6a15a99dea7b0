// Hosts and files in Node: `import … from "dlm/node"`.

export { createDataHost, type DataHostOptions } from "./data-host.ts";
export { createSourceHost, type SourceHostOptions } from "./source-host.ts";
export { writeAtomically } from "./files.ts";
