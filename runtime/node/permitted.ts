// Which files a stranger's model may have read: those really below a few folders, links resolved.

import { realpathSync, statSync } from "node:fs";
import path from "node:path";
import { UserError } from "../errors.ts";

/** The real path, or undefined where nothing is. */
export function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/** Whether `file` is `folder` or lies below it; both real paths. */
export function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** The real path of an ordinary file below one of `folders`; undefined where there is none. A file that exists
 *  elsewhere, by a link, is a UserError. */
export function permittedFile(
  file: string,
  folders: readonly string[],
  anywhere: boolean,
): string | undefined {
  const real = realPath(file);
  if (real === undefined || !statSync(real).isFile()) return undefined;
  if (anywhere || isPermitted(real, folders)) return real;
  throw outside(file);
}

/** Whether it is a folder that may be looked into; one that lies elsewhere, by a link, is a UserError. */
export function isPermittedFolder(
  folder: string,
  folders: readonly string[],
  anywhere: boolean,
): boolean {
  const real = realPath(folder);
  if (real === undefined || !statSync(real).isDirectory()) return false;
  if (anywhere || isPermitted(real, folders)) return true;
  throw outside(folder);
}

function isPermitted(real: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const realFolder = realPath(folder);
    return realFolder !== undefined && isBelow(real, realFolder);
  });
}

/** Whether a path as written in a model file leads out of the folder it starts from. */
export function leadsOut(name: string): boolean {
  return path.isAbsolute(name) || path.win32.isAbsolute(name) || name.split(/[\\/]/).includes("..");
}

export function outside(name: string): UserError {
  return new UserError(`${name} lies outside the folders that a model file may read`, {
    help: "move it below the model's folder, or permit it with --read-anywhere",
  });
}
