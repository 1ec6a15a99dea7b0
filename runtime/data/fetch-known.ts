// Fetching datasets that are known by name, where the host may download.

import { UserError } from "../errors.ts";
import type { DataHost } from "../host.ts";
import { knownDatasets } from "./known.ts";
import { missingFile, type OpenContext } from "./readers/reader.ts";

/** Downloads what is missing of a dataset known by name, where the host can. */
export async function fetchKnown(
  host: DataHost,
  name: string,
  context: OpenContext,
): Promise<void> {
  const known = knownDatasets.get(name);
  if (known === undefined) return;
  const absent = known.files.filter((file) => {
    const stored = `${name}/${file.name}`;
    return [stored, stored.replace(/\.gz$/, "")].every((each) => host.find(each) === undefined);
  });
  for (const file of absent) {
    const stored = `${name}/${file.name}`;
    const failures: string[] = [];
    let done = false;
    for (const source of host.download === undefined ? [] : known.sources) {
      try {
        const { bytes, sha256 } = file;
        await host.download?.({ url: source + file.name, sha256, bytes, name: stored });
        done = true;
        break;
      } catch (thrown) {
        if (!(thrown instanceof UserError)) throw thrown;
        failures.push(`\n  ${thrown.message}`);
      }
    }
    if (done) continue;
    const wanted = absent.slice(absent.indexOf(file));
    const list = wanted.map((each) => `\n  ${name}/${each.name}  ${each.bytes} bytes`).join("");
    const sources = known.sources.map((source) => `\n  ${source}`).join("");
    const failed = failures.length === 0 ? "" : `\ndownloading failed:${failures.join("")}`;
    throw missingFile(
      stored,
      host,
      context.place,
      `\nfiles that are wanted:${list}\nwhere they are published:${sources}${failed}`,
    );
  }
}
