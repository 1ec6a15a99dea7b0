import { layout } from "./ops/layout.ts";
import { describeOps } from "./support/ops.ts";

describeOps("layout", layout);
