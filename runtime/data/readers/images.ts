// `images(folder, size, channels)`: PNG and JPEG files, a folder a class; or, with `given(train = "…", test = "…")`, a
// folder a part and in each of them a folder a class. Files are read and decoded when they are needed, never all at once.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import { sha256 } from "../bytes.ts";
import { packPaths, pathAt } from "../path-list.ts";
import type { ReaderInfo } from "../spec.ts";
import { numberColumn, type NumberColumn, type Part, type Table } from "../table.ts";
import {
  countArgument,
  missingFile,
  textArgument,
  type Arguments,
  type OpenContext,
  type Reader,
} from "./reader.ts";

export const images: Reader = {
  name: "images",
  parameters: [
    { name: "folder", type: "string" },
    { name: "size", type: "int", default: 0 },
    { name: "channels", type: "int", default: 3 },
  ],
  info: describe,
  open,
};

const isPicture = (file: string): boolean => /\.(png|jpe?g)$/i.test(file);

function folderOf(args: Arguments): string {
  return textArgument(args, "folder").replace(/\/+$/, "");
}

function channelsOf(args: Arguments, place = ""): 1 | 3 {
  const channels = countArgument(args, "channels");
  if (channels === 1 || channels === 3) return channels;
  throw new UserError(
    `\`channels\` of \`images\` is ${channels}; 3 (colours) and 1 (grey) are possible`,
    {
      place,
    },
  );
}

function describe(args: Arguments, host: DataHost): ReaderInfo {
  const folder = folderOf(args);
  const channels = channelsOf(args);
  const size = countArgument(args, "size");
  const first = host.list(folder)?.find(isPicture);
  const path = first === undefined ? undefined : host.find(`${folder}/${first}`);
  let shape: readonly (number | string)[] = [channels, "height", "width"];
  if (size > 0) shape = [channels, size, size];
  else if (path !== undefined && host.readPicture !== undefined) {
    const { width, height } = host.readPicture(path);
    shape = [channels, height, width];
  }
  return {
    columns: [
      { name: "image", type: "u8", shape },
      { name: "label", type: "i32", shape: [] },
    ],
    complete: path !== undefined,
  };
}

/** Told before the first step, not in the middle of an epoch. */
function checkSizes(
  files: readonly Found[],
  first: { readonly width: number; readonly height: number },
  host: DataHost,
): void {
  let others = 0;
  let odd: { readonly path: string; readonly text: string } | undefined;
  for (const { path } of files) {
    const found = host.pictureSize?.(path);
    if (!found || (found.width === first.width && found.height === first.height)) continue;
    odd ??= { path, text: `${found.width} × ${found.height}` };
    others += 1;
  }
  if (odd === undefined) return;
  const rest = others > 1 ? `, and ${others - 1} more differ` : "";
  throw new UserError(
    `the picture is ${odd.text}, the first one ${first.width} × ${first.height}${rest}`,
    { place: odd.path, help: oneSize },
  );
}

/** The way out where pictures are of several sizes. */
const oneSize =
  "images(…, size = 256) scales each until its shorter side is 256 and cuts out the middle; blocks such as `random_resized_crop(224)` can follow";

interface Found {
  readonly path: string;
  readonly name: string;
}

async function open(args: Arguments, host: DataHost, context: OpenContext): Promise<Table> {
  const folder = folderOf(args);
  const channels = channelsOf(args, context.place);
  const size = countArgument(args, "size");
  if (host.readPicture === undefined) {
    throw new UserError("pictures can be read by the command line and in Node alone, not here", {
      place: context.place,
    });
  }
  const listed = host.list(folder);
  if (listed === undefined) throw missingFile(`${folder}/<class>/<name>.png`, host, context.place);
  const names = [...new Set(Object.values(context.parts))];
  const parts: Part[] = [];
  const files: (Found & { readonly of: string })[] = [];
  for (const part of names.length > 0 ? names : [""]) {
    const start = files.length;
    const before = part === "" ? "" : `${part.replace(/\/+$/, "")}/`;
    for (const file of listed) {
      if (!file.startsWith(before) || !isPicture(file)) continue;
      const of = file.slice(before.length).split("/").slice(0, -1)[0];
      if (of === undefined) continue; // beside the folders of the classes
      const path = host.find(`${folder}/${file}`);
      if (path !== undefined) files.push({ path, name: file, of });
    }
    if (files.length === start) {
      throw new UserError(`there are no pictures in ${folder}/${before}`, {
        place: context.place,
        help: "it must hold a folder for each class, and these PNG or JPEG files",
      });
    }
    parts.push({ name: part === "" ? "all" : part, start, end: files.length });
  }
  const classes = [...new Set(files.map(({ of }) => of))].sort();
  const indexOf = new Map(classes.map((name, index) => [name, index]));
  const first = host.readPicture(files[0]?.path ?? "");
  const shape =
    size > 0 ? ([channels, size, size] as const) : ([channels, first.height, first.width] as const);
  if (size === 0) checkSizes(files, first, host);
  const paths = packPaths(files.map(({ path }) => path));
  const image: NumberColumn = {
    kind: "numbers",
    name: "image",
    dtype: "u8",
    shape,
    store: {
      kind: "pictures",
      paths,
      shape,
      fits: size > 0,
      pixels: first.width * first.height,
    },
  };
  const labels = Int32Array.from(files, ({ of }) => indexOf.get(of) ?? 0);
  // Of names and lengths: reading all that is there would take longer than many a training.
  const lengths = files.map(({ path }) => host.size(path));
  const told = files.map(({ name }, i) => `${name} ${lengths[i]}`).join("\n");
  return {
    count: files.length,
    parts,
    columns: new Map([
      ["image", image],
      ["label", { ...numberColumn("label", "i32", [], labels), labels: classes }],
    ]),
    files: [
      {
        path: folder,
        files: files.length,
        bytes: lengths.reduce((sum, length) => sum + length, 0),
        sha256: await sha256(new TextEncoder().encode(told)),
      },
    ],
    place: (row) => pathAt(paths, row) || folder,
  };
}
