import { attention } from "./ops/attention.ts";
import { describeOps } from "./support/ops.ts";

describeOps("attention", attention);
