// `digits(n, seed)`: handwritten-like digits that the program draws itself, 28×28 pixels, ten classes.

import { UserError } from "../../errors.ts";
import { digitSize, drawDigit } from "../digits/draw.ts";
import { numberColumn } from "../table.ts";
import { countArgument, type Reader } from "./reader.ts";

const shape = [1, digitSize, digitSize];

export const digits: Reader = {
  name: "digits",
  parameters: [
    { name: "n", type: "int", default: 10000 },
    { name: "seed", type: "int", default: 0 },
  ],
  info: (args) => ({
    columns: [
      { name: "image", type: "u8", shape },
      { name: "label", type: "i32", shape: [] },
    ],
    complete: true,
    examples: countArgument(args, "n"),
  }),
  open: (args, _host, context) => {
    const count = countArgument(args, "n");
    const seed = countArgument(args, "seed");
    if (count === 0 || count > 10 ** 6) {
      throw new UserError(`${count} digits cannot be drawn; between 1 and a million can`, {
        place: context.place,
      });
    }
    const size = digitSize * digitSize;
    const pixels = new Uint8Array(count * size);
    const labels = new Uint8Array(count);
    for (let row = 0; row < count; row++) labels[row] = drawDigit(seed, row, pixels, row * size);
    return Promise.resolve({
      count,
      parts: [{ name: "all", start: 0, end: count }],
      columns: new Map([
        ["image", numberColumn("image", "u8", shape, pixels)],
        ["label", numberColumn("label", "i32", [], labels)],
      ]),
      files: [],
      place: (row) => `drawn digit ${row}`,
    });
  },
};
