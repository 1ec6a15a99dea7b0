import { losses } from "./ops/losses.ts";
import { describeOps } from "./support/ops.ts";

describeOps("losses", losses);
