// `safetensors(path)`: every tensor of a file is a column; its first axis counts the examples.

import { headerEnd, readSafetensorsHeader, readTensor } from "../../checkpoint/safetensors.ts";
import { UserError } from "../../errors.ts";
import { sha256 } from "../bytes.ts";
import { numberColumn, type NumberColumn } from "../table.ts";
import { missingFile, textArgument, type Reader } from "./reader.ts";

export const safetensors: Reader = {
  name: "safetensors",
  parameters: [{ name: "path", type: "string" }],

  info: (args, host) => {
    const path = host.find(textArgument(args, "path"));
    if (path === undefined) return undefined;
    const fileBytes = host.size(path);
    const end = headerEnd(host.readPrefix(path, 8), fileBytes, path);
    const { entries } = readSafetensorsHeader(host.readPrefix(path, end), fileBytes, path);
    const columns = [...entries].map(([name, { dtype, shape }]) => ({
      name,
      type: dtype,
      shape: shape.slice(1),
    }));
    const [first] = entries.values();
    return { columns, complete: true, examples: first?.shape[0] ?? 0 };
  },

  open: async (args, host, context) => {
    const name = textArgument(args, "path");
    const path = host.find(name);
    if (path === undefined) throw missingFile(name, host, context.place);
    const bytes = await host.read(path);
    const { entries } = readSafetensorsHeader(bytes, bytes.length, path);
    let count: number | undefined;
    for (const [tensor, { shape }] of entries) {
      const [examples] = shape;
      if (examples === undefined || (count !== undefined && examples !== count)) {
        const told = `[${shape.join(", ")}]`;
        throw new UserError(
          count === undefined || examples === undefined
            ? `tensor ${tensor} has no axis for the examples`
            : `tensor ${tensor} is ${told}, but others hold ${count} examples`,
          { place: path },
        );
      }
      count = examples;
    }
    if (count === undefined || count === 0) {
      throw new UserError("the file holds no examples", { place: path });
    }
    const columns = new Map<string, NumberColumn>();
    for (const [tensor, entry] of entries) {
      const { dtype, shape, data } = readTensor(bytes, entry, tensor, path);
      columns.set(tensor, numberColumn(tensor, dtype, shape.slice(1), data));
    }
    return {
      count,
      parts: [{ name: "all", start: 0, end: count }],
      columns,
      files: [{ path, bytes: bytes.length, sha256: await sha256(bytes) }],
      place: (row) => `${path}, example ${row}`,
    };
  },
};
