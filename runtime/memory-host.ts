// Files in memory: for tests and for pages.

import { UserError } from "./errors.ts";
import type { DataHost, Host } from "./host.ts";

/** A host over texts and bytes by path. Specifiers that begin with a dot are relative to the importing file. */
export function memoryHost(files: Readonly<Record<string, string | Uint8Array>>): Host & DataHost {
  const stored = new Map(Object.entries(files));
  const bytesOf = (path: string): Uint8Array => {
    const file = stored.get(path);
    if (file === undefined) throw new UserError("there is no such file", { place: path });
    return typeof file === "string" ? new TextEncoder().encode(file) : file;
  };
  return {
    readText: (path) => {
      const file = stored.get(path);
      return file === undefined || typeof file === "string" ? file : new TextDecoder().decode(file);
    },
    resolve: (specifier, from) => {
      const path = joinPath(specifier, from);
      return path !== undefined && stored.has(path) ? path : undefined;
    },
    find: (name) => (stored.has(name) ? name : undefined),
    list: (name) => {
      const folder = `${name.replace(/\/+$/, "")}/`;
      const below = [...stored.keys()].filter((path) => path.startsWith(folder));
      return below.length === 0 ? undefined : below.map((path) => path.slice(folder.length)).sort();
    },
    read: async (path) => bytesOf(path),
    readSync: bytesOf,
    size: (path) => bytesOf(path).length,
    readPrefix: (path, bytes) => bytesOf(path).subarray(0, bytes),
    places: [],
  };
}

/** `specifier` as written in the file `from`; undefined where `..` leads out of everything. */
function joinPath(specifier: string, from: string): string | undefined {
  const parts = specifier.startsWith(".") ? from.split("/").slice(0, -1) : ["node_modules"];
  for (const part of specifier.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
