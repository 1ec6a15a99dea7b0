// `synthetic(n, seed)`: examples without columns; the fields draw them, each by its row and the reader's seed.

import { UserError } from "../../errors.ts";
import { countArgument, type Reader } from "./reader.ts";

export const synthetic: Reader = {
  name: "synthetic",
  parameters: [
    { name: "n", type: "int" },
    { name: "seed", type: "int", default: 0 },
  ],
  info: (args) => ({ columns: [], complete: true, examples: countArgument(args, "n") }),
  open: (args, _host, context) => {
    const count = countArgument(args, "n");
    if (count === 0 || count > 2 ** 30) {
      throw new UserError(`synthetic data of ${count} examples`, { place: context.place });
    }
    return Promise.resolve({
      count,
      parts: [{ name: "all", start: 0, end: count }],
      columns: new Map(),
      files: [],
      rowSeed: countArgument(args, "seed"),
      place: (row) => `synthetic example ${row}`,
    });
  },
};
