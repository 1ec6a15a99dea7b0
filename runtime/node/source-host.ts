// Source files on the disk: the model's own folder, and `node_modules` for packages of blocks.

import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Host } from "../host.ts";
import { UserError } from "../errors.ts";
import { fileError } from "./files.ts";
import { isBelow, permittedFile, realPath } from "./permitted.ts";

export interface SourceHostOptions {
  /** The file that the user named; imports may read what lies below its folder. */
  readonly main: string;
  /** Where the user stands; paths are told relative to it. */
  readonly workingFolder?: string;
  /** Lets imports read any file. */
  readonly anywhere?: boolean;
}

/** No model is near it; a larger file is a mistake. */
const largestSource = 8 * 2 ** 20;

/** Reads and resolves source files. */
export function createSourceHost(options: SourceHostOptions): Host {
  const standing = options.workingFolder ?? process.cwd();
  const anywhere = options.anywhere ?? false;
  const main = path.resolve(standing, options.main);
  const folder = path.dirname(main);
  /** Real paths of what `resolve` gave. */
  const resolved = new Set<string>();

  /** Relative to where the user stands if it lies below, with forward slashes. */
  const told = (file: string): string => {
    const shown = isBelow(file, standing) ? path.relative(standing, file) : file;
    return shown.split(path.sep).join("/");
  };
  /** The file that a specifier means; a UserError if it is there but may not be read. */
  const locate = (specifier: string, from: string): string | undefined => {
    const fromFolder = path.dirname(path.resolve(standing, from));
    const candidates =
      /^\.{1,2}\//.test(specifier) || path.isAbsolute(specifier)
        ? [
            {
              file: path.resolve(fromFolder, specifier),
              folders: [folder, ...packageRoot(fromFolder)],
            },
          ]
        : packageCandidates(specifier, fromFolder).map(({ file, modules }) => ({
            file,
            folders: [modules, folder],
          }));
    for (const { file, folders } of candidates) {
      const real = permittedFile(file, folders, anywhere);
      if (real === undefined) continue;
      resolved.add(real);
      return told(file);
    }
    return undefined;
  };

  return {
    readText: (file) => {
      const whole = path.resolve(standing, file);
      const real = realPath(whole);
      if (real === undefined) return undefined;
      if (whole !== main && !resolved.has(real)) permittedFile(whole, [folder], anywhere);
      try {
        const { size } = statSync(real);
        if (size > largestSource) {
          throw new UserError(`${file} is no source file: it has ${size} bytes`);
        }
        const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(real));
        if (text.includes("\0")) throw new TypeError("a zero byte");
        return text;
      } catch (cause) {
        if (cause instanceof TypeError) {
          throw new UserError(`${file} is no text in UTF-8`, {
            help: "a source file is text; save it as UTF-8",
          });
        }
        throw fileError(`cannot read ${file}`, cause);
      }
    },
    resolve: (specifier, from) => {
      try {
        return locate(specifier, from);
      } catch (thrown) {
        if (thrown instanceof UserError) return undefined; // `refusal` tells why
        throw thrown;
      }
    },
    refusal: (specifier, from) => {
      try {
        locate(specifier, from);
        return undefined;
      } catch (thrown) {
        if (!(thrown instanceof UserError)) throw thrown;
        return thrown.help === undefined ? thrown.message : `${thrown.message}; ${thrown.help}`;
      }
    },
  };
}

/** Where Node would look for a package's file: in `node_modules` of every folder upwards. */
function packageCandidates(
  specifier: string,
  folder: string,
): readonly { readonly file: string; readonly modules: string }[] {
  const candidates: { file: string; modules: string }[] = [];
  for (let at = folder; ; at = path.dirname(at)) {
    const modules = path.join(at, "node_modules");
    const file = path.resolve(modules, specifier);
    if (isBelow(file, modules)) candidates.push({ file, modules });
    if (path.dirname(at) === at) return candidates;
  }
}

/** A package may import its own files: the `node_modules` folder that a file lies in, if any. */
function packageRoot(folder: string): readonly string[] {
  const at = folder.lastIndexOf(`${path.sep}node_modules${path.sep}`);
  return at < 0 ? [] : [folder.slice(0, at + `${path.sep}node_modules`.length)];
}
