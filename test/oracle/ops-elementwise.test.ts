import { elementwise } from "./ops/elementwise.ts";
import { describeOps } from "./support/ops.ts";

describeOps("elementwise", elementwise);
