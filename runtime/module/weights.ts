// Where a module's weights come from: its own bytes, a file beside it, or what the caller names.

import { messageOf, UserError } from "../errors.ts";
import type { ModelSource } from "./source.ts";
import type { ModuleOptions } from "./types.ts";

/** The bytes of a safetensors file, or nothing where the module needs none. */
export async function readWeights(
  { weights: own, name, tensors }: ModelSource,
  given: ModuleOptions["weights"],
): Promise<Uint8Array | undefined> {
  if (given instanceof Uint8Array) return given;
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (given !== undefined) return fetchBytes(given);
  if (own) return own();
  if (tensors.length === 0) return undefined;
  throw new UserError(`${name} was compiled without weights`, {
    help: "give them to load({ weights }), or compile with --weights",
  });
}

/** Bytes of an address; in Node also of a file. */
export async function fetchBytes(address: string | URL): Promise<Uint8Array> {
  const fail = (why: string, cause?: unknown): UserError =>
    new UserError(`the weights at ${String(address)} cannot be read: ${why}`, {
      help: "give their bytes or another address to load({ weights })",
      cause,
    });
  const file = fileOf(address);
  try {
    if (file !== undefined) return await file();
    const answer = await fetch(address);
    if (!answer.ok) throw fail(`the server answers ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  } catch (thrown) {
    throw thrown instanceof UserError ? thrown : fail(messageOf(thrown), thrown);
  }
}

interface NodeFiles {
  readonly promises: { readonly readFile: (path: string | URL) => Promise<Uint8Array> };
}

/** Node fetches no files: it reads them. Its module is asked of the process, so that no bundle looks for it. */
function fileOf(address: string | URL): (() => Promise<Uint8Array>) | undefined {
  const { process } = globalThis as {
    process?: { readonly getBuiltinModule?: (name: string) => NodeFiles | undefined };
  };
  const files = process?.getBuiltinModule?.("node:fs");
  if (!files) return undefined;
  const text = String(address);
  if (text.startsWith("file:")) return () => files.promises.readFile(new URL(text));
  if (/^[a-z][a-z\d+.-]+:/i.test(text)) return undefined;
  return () => files.promises.readFile(text);
}
