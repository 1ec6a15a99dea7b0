// The examples in a folder of their own, with small data of the kinds that they read.

import { cpSync } from "node:fs";
import path from "node:path";

import { makeFolder, type Folder } from "./command.ts";
import { repositoryRoot } from "./shared.ts";
import { smallCifar } from "./small-cifar.ts";
import { smallIdx } from "./small-idx.ts";
import { smallTables } from "./small-tables.ts";
import { smallTexts } from "./small-texts.ts";

export const examplesFolder = path.join(repositoryRoot, "examples");

export function makeExampleFolder(): Folder {
  const folder = makeFolder();
  cpSync(examplesFolder, folder.path, { recursive: true });
  for (const [name, bytes] of smallIdx(400, 50)) {
    folder.write(`fashion-mnist/${name}`, bytes);
    folder.write(`mnist/${name}`, bytes);
  }
  for (const [name, text] of smallTables()) folder.write(`tabular/${name}`, text);
  for (const [name, text] of smallTexts()) folder.write(name, text);
  for (const [name, bytes] of smallCifar(120, 30)) folder.write(`cifar-10/${name}`, bytes);
  return folder;
}
