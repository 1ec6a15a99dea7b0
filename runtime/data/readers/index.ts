// Every reader of the language, one line each.

import type { DataHost } from "../../host.ts";
import type { ReaderCatalogue } from "../spec.ts";
import { cifar } from "./cifar.ts";
import { csv } from "./csv.ts";
import { digits } from "./digits.ts";
import { idx } from "./idx.ts";
import { images } from "./images.ts";
import { withDefaults, type Reader } from "./reader.ts";
import { safetensors } from "./safetensors.ts";
import { synthetic } from "./synthetic.ts";
import { text } from "./text.ts";
import { tsv } from "./tsv.ts";

export const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["idx", idx],
  ["csv", csv],
  ["safetensors", safetensors],
  ["synthetic", synthetic],
  ["digits", digits],
  ["cifar", cifar],
  ["images", images],
  ["tsv", tsv],
  ["text", text],
]);

/** All readers as elaboration sees them, looking at headers through `host`; without one, at arguments alone. */
export function readerCatalogue(host?: DataHost): ReaderCatalogue {
  return {
    names: [...readers.keys()],
    parameters: (name) => readers.get(name)?.parameters,
    info: (name, args) => {
      const reader = readers.get(name);
      if (reader === undefined) return undefined;
      return reader.info(withDefaults(reader, args), host ?? noFiles);
    },
  };
}

const noFiles: DataHost = {
  find: () => undefined,
  list: () => undefined,
  read: () => Promise.reject(new Error("no files")),
  readSync: () => new Uint8Array(0),
  size: () => 0,
  readPrefix: () => new Uint8Array(0),
  places: [],
};
