// Draws one handwritten-like digit of 28×28 pixels. Every number comes from a counter-based stream of (seed, row) and
// from arithmetic that all engines do alike, so that the same seed gives the same pixels everywhere.

import { placeKey, uniformAt } from "../../random.ts";
import { skeletons, type Knot, type Skeleton } from "./skeletons.ts";

export const digitSize = 28;
/** MNIST's layout: the digit fits this box and its centre of mass lies in the middle of the picture. */
const boxSize = 20;

type Point = readonly [x: number, y: number];

/** A stream of random numbers: element after element of one drawing place. */
interface Draws {
  /** In [from, to). */
  uniform(from: number, to: number): number;
  /** Mean 0, about normal: the sum of four uniform numbers. */
  normal(deviation: number): number;
}

const [key0, key1] = placeKey("digits");

function drawsOf(seed: number, row: number): Draws {
  let index = 0;
  const next = (): number => uniformAt(index++, key0, key1, seed, row);
  return {
    uniform: (from, to) => from + (to - from) * next(),
    normal: (deviation) => (next() + next() + next() + next() - 2) * 1.7320508 * deviation,
  };
}

/** Puts the pixels of the digit of a row into `out` from `at` on (0 is paper, 255 ink) and returns which digit it is:
 *  they take turns. */
export function drawDigit(seed: number, row: number, out: Uint8Array, at: number): number {
  const draws = drawsOf(seed, row);
  const digit = row % skeletons.length;
  const strokes = fitBox(write(choose(skeletons[digit] ?? [], draws), draws), draws);
  const ink = new Float64Array(digitSize * digitSize);
  paint(strokes, ink, draws);
  finish(ink, out, at, draws);
  return digit;
}

function choose(variants: readonly Skeleton[], draws: Draws): Skeleton {
  let left = draws.uniform(0, 1) * variants.reduce((sum, { weight }) => sum + weight, 0);
  for (const variant of variants) {
    left -= variant.weight;
    if (left < 0) return variant;
  }
  return variants[0] ?? { weight: 1, strokes: [] };
}

/** The pen's path, with this writer's hand and this time's shaking. */
function write(skeleton: Skeleton, draws: Draws): Point[][] {
  const bend = bending(draws);
  const place = placing(draws);
  const shake = draws.uniform(0.008, 0.012);
  return skeleton.strokes.map((knots) => {
    const moved = knots.map((knot) => ({
      ...knot,
      x: knot.x + draws.normal(shake),
      y: knot.y + draws.normal(shake),
    }));
    return smooth(moved).map((point) => place(bend(point)));
  });
}

/** A smooth warp of the plane: polynomials of degree two and three with small random coefficients. */
function bending(draws: Draws): (point: Point) => Point {
  const coefficients = Array.from({ length: 14 }, (_, i) => draws.normal(i % 7 < 3 ? 0.04 : 0.012));
  const field = (x: number, y: number, start: number): number => {
    const terms = [x * x, x * y, y * y, x * x * x, x * x * y, x * y * y, y * y * y];
    return terms.reduce((sum, term, i) => sum + term * (coefficients[start + i] ?? 0), 0);
  };
  return ([x, y]) => {
    const u = 2 * x - 0.7;
    const v = 2 * y - 1;
    return [x + field(u, v, 0), y + field(u, v, 7)];
  };
}

/** Proportions, slant and rotation. */
function placing(draws: Draws): (point: Point) => Point {
  const width = 1 + draws.normal(0.15);
  const slant = 0.1 + draws.normal(0.2);
  const angle = draws.normal(0.1);
  // Sine and cosine by their first terms: angles are small, and engines' own functions differ in the last bit.
  const sine = angle - (angle * angle * angle) / 6;
  const cosine = 1 - (angle * angle) / 2 + (angle * angle * angle * angle) / 24;
  return ([x, y]) => {
    const u = (x - 0.35) * width - (y - 0.5) * slant;
    const v = y - 0.5;
    return [u * cosine - v * sine, u * sine + v * cosine];
  };
}

const pieces = 6;

/** A Catmull-Rom spline through the knots, broken at corners. */
function smooth(knots: readonly Knot[]): Point[] {
  const points: Point[] = [];
  for (let i = 0; i + 1 < knots.length; i++) {
    const from = knots[i];
    const to = knots[i + 1];
    if (from === undefined || to === undefined) break;
    const before = from.corner ? from : (knots[i - 1] ?? from);
    const after = to.corner ? to : (knots[i + 2] ?? to);
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces;
      points.push([
        spline(before.x, from.x, to.x, after.x, t),
        spline(before.y, from.y, to.y, after.y, t),
      ]);
    }
  }
  const last = knots.at(-1);
  if (last !== undefined) points.push([last.x, last.y]);
  return points;
}

function spline(a: number, b: number, c: number, d: number, t: number): number {
  const linear = (c - a) / 2;
  const quadratic = a - 2.5 * b + 2 * c - d / 2;
  const cubic = (d - a) / 2 + 1.5 * (b - c);
  return b + t * (linear + t * (quadratic + t * cubic));
}

interface Pen {
  readonly strokes: readonly (readonly Point[])[];
  /** Half the thickness of the stroke, in pixels. */
  readonly radius: number;
}

/** Scales the path, with the pen's thickness, to the box, as MNIST did; the middle of the picture is its middle. */
function fitBox(strokes: readonly (readonly Point[])[], draws: Draws): Pen {
  const points = strokes.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const width = Math.max(...xs) - left;
  const height = Math.max(...ys) - top;
  const radius = draws.uniform(0.75, 2);
  const size = boxSize * draws.uniform(0.94, 1.02) - 2 * radius;
  const scale = size / Math.max(width, height);
  const middle = digitSize / 2;
  const placed = strokes.map((stroke) =>
    stroke.map(([x, y]): Point => [
      middle + (x - left - width / 2) * scale,
      middle + (y - top - height / 2) * scale,
    ]),
  );
  return { strokes: placed, radius };
}

/** Lays the strokes down; `ink` keeps the darkest coverage of each pixel, 0 to 1. */
function paint({ strokes, radius }: Pen, ink: Float64Array, draws: Draws): void {
  const edge = draws.uniform(0.7, 1.5);
  for (const stroke of strokes) {
    const swell = draws.normal(0.15);
    const pressure = draws.normal(0.15);
    const gap = draws.uniform(0, 1) < 0.06 ? draws.uniform(0.15, 0.85) : -1;
    for (let i = 0; i + 1 < stroke.length; i++) {
      const along = i / (stroke.length - 1);
      if (Math.abs(along - gap) < 0.03) continue; // the pen skips
      const thickness =
        radius * (1 + swell * (2 * along - 1) + pressure * (4 * along * (1 - along)));
      const from = stroke[i];
      const to = stroke[i + 1];
      if (from !== undefined && to !== undefined) paintSegment(from, to, thickness, edge, ink);
    }
  }
}

function paintSegment(
  [x0, y0]: Point,
  [x1, y1]: Point,
  radius: number,
  edge: number,
  ink: Float64Array,
): void {
  const reach = radius + edge;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(digitSize - 1, Math.ceil(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(digitSize - 1, Math.ceil(Math.max(y0, y1) + reach));
  const dx = x1 - x0;
  const dy = y1 - y0;
  const squared = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const u = x + 0.5 - x0;
      const v = y + 0.5 - y0;
      const t = squared === 0 ? 0 : Math.min(1, Math.max(0, (u * dx + v * dy) / squared));
      const a = u - t * dx;
      const b = v - t * dy;
      const coverage = (radius - Math.sqrt(a * a + b * b)) / edge + 0.5;
      const pixel = y * digitSize + x;
      if (coverage > (ink[pixel] ?? 0)) ink[pixel] = Math.min(1, coverage);
    }
  }
}

/** Centres by mass with a little shift left over, adds uneven ink and noise, rounds to bytes. */
function finish(ink: Float64Array, out: Uint8Array, at: number, draws: Draws): void {
  let mass = 0;
  let massX = 0;
  let massY = 0;
  for (let i = 0; i < ink.length; i++) {
    const value = ink[i] ?? 0;
    mass += value;
    massX += value * (i % digitSize);
    massY += value * Math.floor(i / digitSize);
  }
  const middle = (digitSize - 1) / 2;
  const shiftX = Math.round(middle - massX / mass + draws.normal(1.1));
  const shiftY = Math.round(middle - massY / mass + draws.normal(1.1));
  const contrast = draws.uniform(0.85, 1.1);
  const noise = draws.uniform(0, 0.12);
  for (let y = 0; y < digitSize; y++) {
    const fromY = y - shiftY;
    for (let x = 0; x < digitSize; x++) {
      const fromX = x - shiftX;
      const isInside = fromX >= 0 && fromX < digitSize && fromY >= 0 && fromY < digitSize;
      const value = isInside ? (ink[fromY * digitSize + fromX] ?? 0) : 0;
      const uneven = value > 0 ? value * contrast + draws.uniform(-noise, noise) * value : 0;
      out[at + y * digitSize + x] = Math.round(255 * Math.min(1, Math.max(0, uneven)));
    }
  }
}
