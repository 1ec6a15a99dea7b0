// A sheet of pictures of a data declaration: a row a class, and where training sees other images than evaluation, the original
// beside what several epochs make of it.

import { UserError } from "../../runtime/errors.ts";
import type { OpenedData } from "../api/data.ts";
import type { DataReport, FieldReport } from "../api/data-report.ts";
import { createCanvas, letterHeight, letterWidth, type Picture } from "./canvas.ts";

const [margin, gap, mostRows, columns] = [12, 6, 16, 8];

/** The first field that is an image [h, w], [1, h, w] or [3, h, w]. */
function imageField(report: DataReport): FieldReport {
  const found = report.fields.find(
    ({ shape: [c], shape }) =>
      (shape.length === 2 && Math.min(...shape) > 2) ||
      (shape.length === 3 && (c === 1 || c === 3)),
  );
  if (found) return found;
  const list = report.fields
    .map(({ name, shape }) => `\`${name}\` [${shape.join(", ")}]`)
    .join(", ");
  throw new UserError(`${report.data} has no images to draw`, {
    help: `a sheet needs a field [h, w], [1, h, w] or [3, h, w]; there are: ${list}`,
  });
}

/** Rows of the training split for the sheet, each with its caption: one a class, else the first ones. */
async function chooseRows(
  data: OpenedData,
  report: DataReport,
): Promise<{ rows: number[][]; captions: string[] }> {
  const train = data.dataset.splits["train"]?.rows ?? new Int32Array(0);
  const label = report.fields.find(({ classes }) => classes && classes.length > 1);
  if (!label?.classes) {
    const rows = report.augmented
      ? [...train.subarray(0, mostRows)].map((row) => [row])
      : Array.from({ length: Math.min(mostRows, Math.ceil(train.length / columns)) }, (_, i) => [
          ...train.subarray(i * columns, (i + 1) * columns),
        ]);
    return { rows, captions: rows.map(([first = 0]) => String(first)) };
  }
  const kinds = label.classes.slice(0, mostRows);
  const rows = new Map(kinds.map(({ value }): [number, number[]] => [value, []]));
  const wanted = report.augmented ? 1 : columns;
  for (const row of train) {
    if ([...rows.values()].every((found) => found.length >= wanted)) break;
    const value = (await data.read([row], "evaluation"))[label.name];
    const found = rows.get(Number((value as ArrayLike<number> | undefined)?.[0]));
    if (found && found.length < wanted) found.push(row);
  }
  const filled = kinds.filter(({ value }) => (rows.get(value) ?? []).length > 0);
  return {
    rows: filled.map(({ value }) => rows.get(value) ?? []),
    captions: filled.map(({ value, name }) => name ?? String(value)),
  };
}

/** The sheet as a PNG file's bytes. */
export async function drawSheet(data: OpenedData, report: DataReport): Promise<Uint8Array> {
  const field = imageField(report);
  const [channels = 1, height = 1, width = 1] =
    field.shape.length === 2 ? [1, ...field.shape] : field.shape;
  const largest = Math.max(height, width);
  const side =
    largest <= 96 ? largest * Math.max(1, Math.floor(112 / largest)) : Math.min(largest, 160);
  const { rows, captions } = await chooseRows(data, report);
  const range = shownRange(field);
  const heads = report.augmented
    ? ["original", ...Array.from({ length: columns - 1 }, (_, e) => `epoch ${e + 1}`)]
    : [];
  const caption =
    Math.min(15, Math.max(1, ...captions.map((text) => Array.from(text).length))) * letterWidth;
  const top = margin + (heads.length > 0 ? letterHeight + gap : 0);
  const left = margin + caption + gap;
  const canvas = createCanvas(
    left + columns * (side + gap) + margin - gap,
    top + rows.length * (side + gap) + margin - gap,
  );
  for (const [i, text] of heads.entries()) canvas.text(left + i * (side + gap), margin, text, side);
  for (const [r, list] of rows.entries()) {
    const y = top + r * (side + gap);
    canvas.text(margin, y + Math.floor((side - letterHeight) / 2), captions[r] ?? "", caption);
    for (let k = 0; k < columns; k++) {
      const row = report.augmented ? list[0] : list[k];
      if (row === undefined) continue;
      const isOriginal = !report.augmented || k === 0;
      const fields = await data.read(
        [row],
        isOriginal ? "evaluation" : "training",
        Math.max(0, k - 1),
      );
      const picture: Picture = {
        values: fields[field.name] as Picture["values"],
        channels,
        height,
        width,
        ...range,
      };
      canvas.image(left + k * (side + gap), y, side, picture);
    }
  }
  return canvas.png();
}

/** What is drawn black and what full: 0 and 1 or 0 and 255 where the numbers say so, else the range of the field. */
function shownRange({ train, dtype }: FieldReport): { low: number; high: number } {
  const { min = 0, max = 1 } = train ?? {};
  if (min >= 0 && max <= 1) return { low: 0, high: 1 };
  if (dtype === "u8" || (min >= 0 && max <= 255 && max > 100)) return { low: 0, high: 255 };
  return { low: min, high: max };
}
