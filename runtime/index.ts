// What a program that runs compiled artifacts needs: `import … from "dlm/runtime"`. Nothing here needs Node.

export type { Device, Named, Persistent, Program, Session } from "./artifact.ts";
export { chooseDevice, devices, type DeviceName } from "./devices/index.ts";
export { generate, type Generated, type GenerateOptions } from "./decode/generate.ts";
export type { DecodeRule, PickRule } from "./decode/rule.ts";
export type { Scorer } from "./decode/scorer.ts";
export { UserError } from "./errors.ts";
export type { DataHost, Host } from "./host.ts";
export { sizeOf, type DType, type Tensor, type TypedArray } from "./types.ts";
export * from "./module/index.ts";
