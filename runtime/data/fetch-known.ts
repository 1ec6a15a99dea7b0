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
  for (const file of known.files) {
    const stored = `${name}/${file.name}`;
    if (host.find(stored) !== undefined) continue;
    if (host.find(stored.replace(/\.gz$/, "")) !== undefined) continue;
    const official = known.sources.map((source) => `\n  ${source}${file.name}`).join("");
    const more = `\n(${file.bytes} bytes, from${official})`;
    if (host.download === undefined) throw missingFile(stored, host, context.place, more);
    const failures: string[] = [];
    let done = false;
    for (const source of known.sources) {
      try {
        const { bytes, sha256 } = file;
        await host.download({ url: source + file.name, sha256, bytes, name: stored });
        done = true;
        break;
      } catch (thrown) {
        if (!(thrown instanceof UserError)) throw thrown;
        failures.push(`\n  ${thrown.message}`);
      }
    }
    if (!done) {
      throw missingFile(
        stored,
        host,
        context.place,
        `${more}\nDownloading failed:${failures.join("")}`,
      );
    }
  }
}
