// The version, from the package's own file: two folders up in the sources, three in the build.

import { existsSync, readFileSync } from "node:fs";

export function version(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    const url = new URL(up, import.meta.url);
    if (!existsSync(url)) continue;
    const found: unknown = JSON.parse(readFileSync(url, "utf8"));
    if (typeof found === "object" && found !== null && "version" in found)
      return String(found.version);
  }
  return "unknown";
}
