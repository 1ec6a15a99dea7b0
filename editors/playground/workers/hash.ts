// Stands in for `node:crypto` in the page: hashes at once, which a browser's own do not.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

interface Hash {
  update(part: string | Uint8Array): Hash;
  digest(form: "hex"): string;
}

export function createHash(name: "sha256"): Hash {
  if (name !== "sha256") throw new Error(`no hash ${String(name)}`);
  const hash = sha256.create();
  const made: Hash = {
    update(part) {
      hash.update(typeof part === "string" ? new TextEncoder().encode(part) : part);
      return made;
    },
    digest: () => bytesToHex(hash.digest()),
  };
  return made;
}
