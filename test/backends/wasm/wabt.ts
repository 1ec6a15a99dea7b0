// The WebAssembly Binary Toolkit as a second opinion on bytes and texts.

import wabtFactory from "wabt";

const wabt = await wabtFactory();

const features = {
  simd: true,
  threads: true,
  relaxed_simd: true,
  bulk_memory: true,
  sat_float_to_int: true,
  sign_extension: true,
} as const;

/** As it is; the package's own types forget that it takes the features. */
interface Validated {
  validate(options: typeof features): void;
}

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  const module = wabt.parseWat("module.wat", text, features);
  try {
    (module as Validated).validate(features);
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** The text of bytes that are valid. */
export function textOf(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { ...features, readDebugNames: true });
  try {
    (module as Validated).validate(features);
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}
