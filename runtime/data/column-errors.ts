// Columns by name, and what to say of one that is not there or holds something else.

import { UserError } from "../errors.ts";
import type { DataSpec } from "./spec.ts";
import { notANumber, type Table, type TableColumn, type TextColumn } from "./table.ts";

export function columnOf(spec: DataSpec, table: Table, name: string): TableColumn {
  const column = table.columns.get(name);
  if (column !== undefined) return column;
  const there = [...table.columns.keys()].map((n) => `\`${n}\``).join(", ");
  throw new UserError(`the data have no column \`${name}\``, {
    place: spec.place,
    help: there === "" ? "they have no columns at all" : `there are ${there}`,
  });
}

export function textError(column: TextColumn, spec: DataSpec, table: Table): UserError {
  const { name, notNumber } = column;
  if (notNumber === undefined) {
    return new UserError(`column \`${name}\` holds text, not numbers`, {
      place: spec.place,
      help: "make numbers of it with `one_hot`",
    });
  }
  return notANumber(name, notNumber.text, table.place(notNumber.row));
}

export function numberError(column: TableColumn, spec: DataSpec): UserError {
  return new UserError(`column \`${column.name}\` holds numbers, not text`, {
    place: spec.place,
    help: `\`types = { ${column.name} = "string" }\` reads it as text`,
  });
}
