// Images as plain numbers, for tests: resampling, colours and blends written out pixel by pixel, after the definitions of
// PIL and torchvision, independently of the library's blocks.

export type Image = number[][][]; // [channel][row][column]

/** Pixels ((37 i) mod 101) / 100 in row-major order. */
export function pattern(c: number, h: number, w: number): Image {
  return fromFlat(
    Array.from({ length: c * h * w }, (_, i) => ((i * 37) % 101) / 100),
    [c, h, w],
  );
}

export function fromFlat(
  flat: readonly number[],
  [c, h, w]: readonly [number, number, number],
): Image {
  return Array.from({ length: c }, (_, k) =>
    Array.from({ length: h }, (_, y) => flat.slice((k * h + y) * w, (k * h + y) * w + w)),
  );
}

export function cut(image: Image, top: number, left: number, height: number, width: number): Image {
  return image.map((rows) =>
    rows.slice(top, top + height).map((row) => row.slice(left, left + width)),
  );
}

/** PIL's resampling of a line of pixels with the triangle filter, widened where it shrinks. */
function resizeLine(line: readonly number[], n: number, antialias: boolean): number[] {
  const scale = line.length / n;
  const support = antialias ? Math.max(scale, 1) : 1;
  return Array.from({ length: n }, (_, i) => {
    const centre = (i + 0.5) * scale;
    let [sum, total] = [0, 0];
    for (const [j, pixel] of line.entries()) {
      const weight = Math.max(0, 1 - Math.abs((j + 0.5 - centre) / support));
      sum += weight * pixel;
      total += weight;
    }
    return sum / total;
  });
}

export function resize(image: Image, height: number, width: number, antialias = true): Image {
  return image.map((rows) => {
    const wide = rows.map((row) => resizeLine(row, width, antialias));
    const columns = Array.from({ length: width }, (_, x) =>
      resizeLine(
        wide.map((row) => row[x] ?? NaN),
        height,
        antialias,
      ),
    );
    return Array.from({ length: height }, (_, y) => columns.map((column) => column[y] ?? NaN));
  });
}

const shares = [0.2989, 0.587, 0.114];

/** Brightness of each pixel. */
export function gray(image: Image): number[][] {
  const [first = []] = image;
  return first.map((row, y) =>
    row.map((_, x) =>
      image.reduce((sum, rows, k) => sum + (shares[k] ?? NaN) * (rows[y]?.[x] ?? NaN), 0),
    ),
  );
}

/** factor · image + (1 − factor) · other, within 0 … 1. */
export function blend(
  image: Image,
  other: (y: number, x: number) => number,
  factor: number,
): Image {
  const one = (pixel: number, y: number, x: number): number =>
    Math.min(1, Math.max(0, factor * pixel + (1 - factor) * other(y, x)));
  return image.map((rows) => rows.map((row, y) => row.map((pixel, x) => one(pixel, y, x))));
}

/** RGB to HSV, the hue moved on, and back, sector by sector. */
export function adjustHue(image: Image, shift: number): Image {
  const out = image.map((rows) => rows.map((row) => [...row]));
  const at = (k: number, y: number, x: number): number => image[k]?.[y]?.[x] ?? NaN;
  for (const [y, row] of (image[0] ?? []).entries()) {
    for (const x of row.keys()) {
      const [r, g, b] = [at(0, y, x), at(1, y, x), at(2, y, x)];
      const [value, least] = [Math.max(r, g, b), Math.min(r, g, b)];
      const chroma = value - least;
      const saturation = value === 0 ? 0 : chroma / value;
      let hue = 0;
      if (chroma > 0) {
        if (value === r) hue = (g - b) / chroma / 6;
        else if (value === g) hue = ((b - r) / chroma + 2) / 6;
        else hue = ((r - g) / chroma + 4) / 6;
      }
      hue = (((hue + shift) % 1) + 1) % 1;
      const sector = Math.floor(hue * 6);
      const f = hue * 6 - sector;
      const p = value * (1 - saturation);
      const q = value * (1 - saturation * f);
      const t = value * (1 - saturation * (1 - f));
      const colours = [
        [value, t, p],
        [q, value, p],
        [p, value, t],
        [p, q, value],
        [t, p, value],
        [value, p, q],
      ][sector % 6];
      for (const [k, rows] of out.entries()) {
        const line = rows[y];
        if (line) line[x] = colours?.[k] ?? NaN;
      }
    }
  }
  return out;
}
