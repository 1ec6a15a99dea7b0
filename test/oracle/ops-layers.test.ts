import { layers } from "./ops/layers.ts";
import { describeOps } from "./support/ops.ts";

describeOps("layers", layers);
