// Every operation of the oracle that the language can write, in one table.

import { attention } from "./attention.ts";
import type { OpTable } from "./define.ts";
import { elementwise } from "./elementwise.ts";
import { layers } from "./layers.ts";
import { layout } from "./layout.ts";
import { losses } from "./losses.ts";
import { reductions } from "./reductions.ts";

export const opTable: OpTable = {
  ...elementwise,
  ...layers,
  ...reductions,
  ...layout,
  ...losses,
  ...attention,
};
