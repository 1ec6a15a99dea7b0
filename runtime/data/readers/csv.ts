// `csv(path, missing, header, separator, types)`: a text table, with the columns' names in its first line.

import { UserError } from "../../errors.ts";
import { textArgument } from "./reader.ts";
import { textTable } from "./text-table.ts";

export const csv = textTable({
  name: "csv",
  parameters: [
    { name: "missing", type: "texts", default: ["", "NA"] },
    { name: "header", type: "bool", default: true },
    { name: "separator", type: "string", default: "," },
    { name: "types", type: "record", default: {} },
  ],
  options: (args) => {
    const separator = textArgument(args, "separator");
    if (separator === "") throw new UserError("the separator is empty");
    return { separator, quotes: true, header: args["header"] !== false, names: [] };
  },
});
