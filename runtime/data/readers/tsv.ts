// `tsv(path, columns, missing, types)`: a table whose values are separated by tabs. Quotes are text like any other.

import { textTable } from "./text-table.ts";

export const tsv = textTable({
  name: "tsv",
  parameters: [
    { name: "columns", type: "texts", default: [] },
    { name: "missing", type: "texts", default: [""] },
    { name: "types", type: "record", default: {} },
  ],
  options: ({ columns }) => {
    const names = Array.isArray(columns) ? columns.filter((c) => typeof c === "string") : [];
    return { separator: "\t", quotes: false, header: names.length === 0, names };
  },
});
