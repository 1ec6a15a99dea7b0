// The front of the compiler as the annotated programs see it: everything that is found without running.

import { load } from "../../compiler/api/load.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { smallIdx } from "../support/small-idx.ts";

/** Files that the programs import, and data whose headers they are checked against. */
const others: Readonly<Record<string, string | Uint8Array>> = {
  "blocks.dlm": "let width = 3\nblock twice(x: [...s]) -> [...s] = 2 * x\n",
  "circle.dlm": 'import { b } from "./other.dlm"\nlet a = b\n',
  "other.dlm": 'import { a } from "./circle.dlm"\nlet b = a\n',
  "broken.dlm": "let ok = 1\nlet half = 1 +\n",
  "houses.csv": "area,rooms,street,price\n80,3,north,210\n95,4,south,NA\n",
  ...Object.fromEntries([...smallIdx(4, 2)].map(([name, bytes]) => [`stripes/${name}`, bytes])),
};

/** All diagnostics of a program. */
export function diagnose(path: string, text: string): readonly Diagnostic[] {
  const host = memoryHost({ ...others, [path]: text });
  return load(path, { host, dataHost: host }).checkAll();
}
