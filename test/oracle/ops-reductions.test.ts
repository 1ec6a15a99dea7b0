import { reductions } from "./ops/reductions.ts";
import { describeOps } from "./support/ops.ts";

describeOps("reductions", reductions);
