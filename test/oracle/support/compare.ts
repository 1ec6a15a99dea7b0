// |x − r| ≤ atol + rtol · |r|, the manifest's own rule; infinities and NaN must be equal.

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** One line on the worst element that disagrees; undefined if all agree. */
export function disagreement(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol, atol }: Tolerance,
): string | undefined {
  if (actual.length !== expected.length) {
    return `${what}: ${actual.length} elements, PyTorch gives ${expected.length}`;
  }
  let worst: { index: number; excess: number } | undefined;
  for (let i = 0; i < expected.length; i++) {
    const x = Number(actual[i]);
    const r = Number(expected[i]);
    if (Object.is(x, r) || x === r) continue;
    const error = Math.abs(x - r);
    const allowed = atol + rtol * Math.abs(r);
    if (error <= allowed) continue;
    const excess = Number.isNaN(error) ? Infinity : error / allowed;
    if (!worst || excess > worst.excess) worst = { index: i, excess };
  }
  if (!worst) return undefined;
  const { index, excess } = worst;
  return `${what}[${index}] is ${actual[index]}, PyTorch gives ${expected[index]} (${excess.toFixed(1)} times the tolerance)`;
}
