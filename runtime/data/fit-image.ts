// Pictures as a column holds them: planes of red, green and blue, or one of grey, at a size of their own or fitted to one.

/** A decoded picture: red, green, blue and alpha of every pixel, row by row, 0 … 255. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Pixels of the picture as `[channels, height, width]`. Alpha is dropped; grey is the luma of ITU-R BT.601. */
export function planesOf({ width, height, rgba }: Picture, channels: number): Uint8Array {
  const size = width * height;
  const planes = new Uint8Array(channels * size);
  for (let i = 0; i < size; i++) {
    const [red, green, blue] = [rgba[4 * i] ?? 0, rgba[4 * i + 1] ?? 0, rgba[4 * i + 2] ?? 0];
    if (channels === 1) {
      planes[i] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    } else {
      planes[i] = red;
      planes[size + i] = green;
      planes[2 * size + i] = blue;
    }
  }
  return planes;
}

/** Scales so that the shorter side is `size` and cuts out the middle: `[channels, size, size]`. Linear interpolation,
 *  over as many pixels as go into one where it shrinks. */
export function fitPlanes(
  planes: Uint8Array,
  [channels, height, width]: readonly [number, number, number],
  size: number,
): Uint8Array {
  const shorter = Math.min(height, width);
  const tall = Math.max(size, Math.floor((size * height) / shorter));
  const wide = Math.max(size, Math.floor((size * width) / shorter));
  // Only what is cut out is worked out.
  const columns = weightsOf(width, wide, Math.round((wide - size) / 2), size);
  const rows = weightsOf(height, tall, Math.round((tall - size) / 2), size);
  const out = new Uint8Array(channels * size * size);
  const narrow = new Uint8Array(height * size);
  for (let c = 0; c < channels; c++) {
    const plane = planes.subarray(c * height * width, (c + 1) * height * width);
    for (let y = 0; y < height; y++) {
      columns.forEach(({ first, weights }, x) => {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] ?? 0) * (plane[y * width + first + k] ?? 0);
        }
        narrow[y * size + x] = Math.floor(sum + 0.5);
      });
    }
    rows.forEach(({ first, weights }, y) => {
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] ?? 0) * (narrow[(first + k) * size + x] ?? 0);
        }
        out[(c * size + y) * size + x] = Math.floor(sum + 0.5);
      }
    });
  }
  return out;
}

interface Weights {
  readonly first: number;
  readonly weights: readonly number[];
}

/** For `count` pixels from `start` on, of `to` pixels made of `from`: which of them count, and how much. */
function weightsOf(from: number, to: number, start: number, count: number): Weights[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: count }, (_, i) => {
    const centre = (start + i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const weights: number[] = [];
    for (let k = first; k < end; k++) {
      weights.push(Math.max(0, 1 - Math.abs((k + 0.5 - centre) / reach)));
    }
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
