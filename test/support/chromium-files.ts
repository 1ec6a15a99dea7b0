// Unpacks the browser and the software Vulkan driver (SwiftShader) that @sparticuz/chromium carries,
// so that WGSL really runs in tests on a machine without a GPU. The package's own unpacking writes to
// a fixed name in the system's temporary folder and trusts a half-written file there; this does not.

import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const cache = path.resolve(import.meta.dirname, "..", "..", "node_modules", ".cache", "dlm");

/** Where SwiftShader lies alone, for the `webgpu` package in Node. */
export const swiftShaderFolder = path.join(cache, "swiftshader");

/** Where the browser lies, with SwiftShader beside it: in another folder it finds no adapter. */
export const chromiumFolder = path.join(cache, "chromium");

/** Environment a Node process needs at its start so that Dawn finds SwiftShader, if it may. */
export function swiftShaderEnvironment(): Record<string, string> {
  if (!canUseSwiftShader()) return {};
  return {
    VK_ICD_FILENAMES: path.join(swiftShaderFolder, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: [swiftShaderFolder, process.env["LD_LIBRARY_PATH"] ?? ""]
      .filter((folder) => folder !== "")
      .join(path.delimiter),
  };
}

/** The packed binaries are for Linux x64; `DLM_WEBGPU=system` asks for the machine's own driver. */
export function canUseSwiftShader(): boolean {
  return (
    process.platform === "linux" && process.arch === "x64" && process.env["DLM_WEBGPU"] !== "system"
  );
}

/** Unpacks SwiftShader once. */
export async function unpackSwiftShader(): Promise<void> {
  await unpack(swiftShaderFolder, async (archive, folder) => {
    await unpackTar(archive("swiftshader.tar.br"), folder);
  });
}

/** Unpacks the browser once, with its driver, fonts and the libraries a bare machine lacks. */
export async function unpackChromium(): Promise<void> {
  await unpack(chromiumFolder, async (archive, folder) => {
    await unpackFile(archive("chromium.br"), path.join(folder, "chromium"));
    await unpackTar(archive("swiftshader.tar.br"), folder);
    await unpackTar(archive("al2023.tar.br"), path.join(folder, "al2023"));
    await unpackTar(archive("fonts.tar.br"), path.join(folder, "fonts"));
  });
}

type Fill = (archive: (name: string) => string, folder: string) => Promise<void>;

/** Fills a temporary folder and renames it, so that `folder` is either whole or absent. */
async function unpack(folder: string, fill: Fill): Promise<void> {
  // The main file is <package>/build/cjs/index.cjs; the package exports no other path.
  const main = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const packageFolder = path.resolve(path.dirname(main), "..", "..");
  const version = await packageVersion(packageFolder);
  const marker = path.join(folder, `unpacked-${version}`);
  if (existsSync(marker)) return;

  const temporary = `${folder}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    await fill((name) => path.join(packageFolder, "bin", name), temporary);
    await mkdir(path.join(temporary, path.basename(marker)));
    if (!existsSync(marker)) await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(marker)) throw error; // else another process was quicker
  }
}

async function packageVersion(folder: string): Promise<string> {
  const text = await readFile(path.join(folder, "package.json"), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}

async function unpackTar(archive: string, folder: string): Promise<void> {
  // Loaded here because vitest.config.ts imports this file, also where nothing gets unpacked.
  const { default: tar } = await import("tar-fs");
  await pipeline(createReadStream(archive), createBrotliDecompress(), tar.extract(folder));
}

async function unpackFile(archive: string, target: string): Promise<void> {
  await pipeline(
    createReadStream(archive),
    createBrotliDecompress(),
    createWriteStream(target, { mode: 0o755 }),
  );
}
