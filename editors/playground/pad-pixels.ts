// Strokes of a pen as a small grey picture, laid out as handwritten digits are: fitted to a box in the middle, centred by
// mass. The drawn digits that models learn from are made the same way (runtime/data/digits/draw.ts).

export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

/** Bytes of a picture of `height` rows; 0 is paper, 255 ink. `paint` lays lines down and gives back their coverage. */
export function pixelsOf(
  strokes: readonly Stroke[],
  { height, width }: { readonly height: number; readonly width: number },
): Uint8Array {
  const pixels = new Uint8Array(height * width);
  const points = strokes.flat();
  if (points.length === 0) return pixels;
  const pen = (1.25 * Math.min(height, width)) / 28;
  const box = (20 / 28) * Math.min(height, width) - 2 * pen;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const extent = Math.max(Math.max(...xs) - left, Math.max(...ys) - top, 1e-6);
  const scale = box / extent;
  const middle: Point = [left + (Math.max(...xs) - left) / 2, top + (Math.max(...ys) - top) / 2];
  const place = ([x, y]: Point): Point => [
    width / 2 + (x - middle[0]) * scale,
    height / 2 + (y - middle[1]) * scale,
  ];
  const ink = paint(
    strokes.map((stroke) => stroke.map(place)),
    { height, width, pen },
  );
  const [dx, dy] = offCentre(ink, height, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = x - dx;
      const fromY = y - dy;
      const isInside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
      pixels[y * width + x] = isInside ? Math.round(255 * (ink[fromY * width + fromX] ?? 0)) : 0;
    }
  }
  return pixels;
}

/** The darkest coverage of each pixel, 0 to 1. */
function paint(
  strokes: readonly Stroke[],
  { height, width, pen }: { readonly height: number; readonly width: number; readonly pen: number },
): Float64Array {
  const ink = new Float64Array(height * width);
  for (const stroke of strokes) {
    stroke.forEach((to, i) => {
      const from = stroke[i - 1] ?? to;
      if (i === 0 && stroke.length > 1) return;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const coverage = Math.min(1, pen - distance([x + 0.5, y + 0.5], from, to) + 0.5);
          const at = y * width + x;
          if (coverage > (ink[at] ?? 0)) ink[at] = coverage;
        }
      }
    });
  }
  return ink;
}

/** Of a point from a line between two others. */
function distance([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const squared = dx * dx + dy * dy;
  const t = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared));
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}

/** Whole pixels to move by, so that the mass lies in the middle. */
function offCentre(ink: Float64Array, height: number, width: number): Point {
  let mass = 0;
  let massX = 0;
  let massY = 0;
  ink.forEach((value, i) => {
    mass += value;
    massX += value * (i % width);
    massY += value * Math.floor(i / width);
  });
  if (mass === 0) return [0, 0];
  return [Math.round((width - 1) / 2 - massX / mass), Math.round((height - 1) / 2 - massY / mass)];
}
