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

/** Reads and resolves source files. Something that exists but may not be read is a UserError. */
export function createSourceHost(options: SourceHostOptions): Host {
  const standing = options.workingFolder ?? process.cwd();
  const anywhere = options.anywhere ?? false;
  const main = path.resolve(standing, options.main);
  const folder = path.dirname(main);

  /** Relative to where the user stands if it lies below, with forward slashes. */
  const told = (file: string): string => {
    const shown = isBelow(file, standing) ? path.relative(standing, file) : file;
    return shown.split(path.sep).join("/");
  };
  const package_ = (specifier: string, from: string): string | undefined => {
    for (let at = from; ; at = path.dirname(at)) {
      const modules = path.join(at, "node_modules");
      const candidate = path.resolve(modules, specifier);
      if (isBelow(candidate, modules)) {
        const found = permittedFile(candidate, [modules, folder], anywhere);
        if (found !== undefined) return candidate;
      }
      if (path.dirname(at) === at) return undefined;
    }
  };

  return {
    readText: (file) => {
      const real = realPath(path.resolve(standing, file));
      if (real === undefined) return undefined;
      try {
        const { size } = statSync(real);
        if (size > largestSource) {
          throw new UserError(`${file} is no source file: it has ${size} bytes`);
        }
        return readFileSync(real, "utf8").replace(/^\uFEFF/, "");
      } catch (cause) {
        throw fileError(`cannot read ${file}`, cause);
      }
    },
    resolve: (specifier, from) => {
      const fromFolder = path.dirname(path.resolve(standing, from));
      if (/^\.{1,2}\//.test(specifier) || path.isAbsolute(specifier)) {
        const file = path.resolve(fromFolder, specifier);
        const folders = [folder, ...packageRoot(fromFolder)];
        return permittedFile(file, folders, anywhere) === undefined ? undefined : told(file);
      }
      const file = package_(specifier, fromFolder);
      return file === undefined ? undefined : told(file);
    },
  };
}

/** A package may import its own files: the `node_modules` folder that a file lies in, if any. */
function packageRoot(folder: string): readonly string[] {
  const at = folder.lastIndexOf(`${path.sep}node_modules${path.sep}`);
  return at < 0 ? [] : [folder.slice(0, at + `${path.sep}node_modules`.length)];
}
