// What shaders are made for where no adapter was asked.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";

/** What every adapter of WebGPU allows (the default limits of its specification). */
export const commonSettings: WebgpuSettings = {
  segmentBytes: 2 ** 27,
  bindings: 8,
  workgroupBytes: 16384,
  invocations: 256,
  workgroups: 65535,
  subgroups: false,
  f16: false,
  tiles: "by shape",
};
